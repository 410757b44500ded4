data=[{month:"Dec11",num_comments:3,points:4,terms:{".NET":{count:0,percentage:0,full_term:".NET",rank:48}}}];
