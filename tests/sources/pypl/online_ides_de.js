    // data
// begin Top DE
TopPlusMinus = [1,2]
PlusMinus = [-0.05,0.18]
// end Top DE
graphData = [
['Date', // begin section languages
'Cloud9 IDE', 'JSFiddle', 'PythonAnywhere', 'Repl.it'
// end section languages
],
// begin section DE
[new Date(2025,9,1),0.0,0.0,0.0,0.0],
[new Date(2025,10,1),0.0,0.0,0.0,0.0],
[new Date(2025,11,1),0.0,0.1667,0.0,0.0],
[new Date(2026,0,1),0.0,0.3333,0.0,0.0]
// end section DE
        ];
