    // data
// begin Top All
TopPlusMinus = [1,2]
PlusMinus = [-0.05,0.18]
// end Top All
graphData = [
['Date', // begin section languages
'Java', 'Python', 'C#', 'Javascript', 'C++', 'C', 'lua'
// end section languages
],
// begin section All
[new Date(2014,9,1), 0.252,0.101,0.094,0.073,0.08,0.078,0.005],
[new Date(2015,1,1), 0.247,0.106,0.089,0.072,0.082,0.078,0.005]
// end section All
        ];
