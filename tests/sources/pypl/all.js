    // data
// begin Top All
TopPlusMinus = [1,2]
PlusMinus = [-0.05,0.18]
// end Top All
graphData = [
['Date', // begin section languages
'C/C++', 'Delphi/Pascal', 'Java', 'Lua', 'Python', 'Rust', 'Zig'
// end section languages
],
// begin section All
[new Date(2025,11,1),0.1479,0.0028,0.1234,0.0099,0.2843,0.0289,0.0023],
[new Date(2026,0,1),0.1606,0.0031,0.117,0.0101,0.2781,0.0299,0.0024],
[new Date(2026,0,1),0.1591,0.0032,0.102,0.0104,0.2903,0.033,0.0027],
[new Date(2026,1,1),0.154,0.003,0.1051,0.0103,0.3019,0.032,0.0027],
[new Date(2026,6,1),0.0968,0.0024,0.1144,0.0059,0.4749,0.0206,0.0018]
// end section All
        ];
