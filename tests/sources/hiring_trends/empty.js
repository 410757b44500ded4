data=[];
