graph [
 multigraph 1
 node [ id 1 label 1e999 ]
 node [ id 2 label -NAN ]
 edge [ source 1 target 2 key [ a 1 ] ]
]
