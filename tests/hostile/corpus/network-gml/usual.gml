graph [
 directed 1
 node [ id 1 label "a" role "student" ]
 node [ id 2 label "b" role "faculty" ]
 edge [ source 1 target 2 ]
]
