graph [
 node 5
 edge 7
]
