data = [
  {
    "month": "Jan17",
    "num_comments": "599",
    "terms": {
      ".NET": {
        "count": 0,
        "percentage": 0.0,
        "mavg3": 0,
        "full_term": ".NET",
        "rank": 207
      },
      "AngularJS": {
        "count": 40,
        "percentage": 6.68,
        "mavg3": 60,
        "full_term": "AngularJS/js[Angular]",
        "rank": 20
      },
      "Asp": {
        "count": 9,
        "percentage": 1.5,
        "mavg3": 9,
        "full_term": "Asp",
        "rank": 70
      },
      "golang": {
        "count": 14,
        "percentage": 2.34,
        "mavg3": 22,
        "full_term": "golang",
        "rank": 52
      },
      "Postgresql": {
        "count": 61,
        "percentage": 10.18,
        "mavg3": 75,
        "full_term": "Postgresql/alias[postgres|postgresql]",
        "rank": 10
      },
      "React": {
        "count": 102,
        "percentage": 17.03,
        "mavg3": 132,
        "full_term": "React/js[react]",
        "rank": 3
      },
      "zookeeper": {
        "count": 2,
        "percentage": 0.33,
        "mavg3": 2,
        "full_term": "zookeeper",
        "rank": 127
      }
    }
  },
  {
    "month": "Apr11",
    "num_comments": "219",
    "terms": {
      ".NET": {
        "count": 0,
        "percentage": 0.0,
        "mavg3": 0,
        "full_term": ".NET",
        "rank": 199
      },
      "AngularJS": {
        "count": 0,
        "percentage": 0.0,
        "mavg3": 0,
        "full_term": "AngularJS/js[Angular]",
        "rank": 130
      },
      "Asp": {
        "count": 3,
        "percentage": 1.37,
        "mavg3": 0,
        "full_term": "Asp",
        "rank": 52
      },
      "golang": {
        "count": 0,
        "percentage": 0.0,
        "mavg3": 0,
        "full_term": "golang",
        "rank": 175
      },
      "Postgresql": {
        "count": 6,
        "percentage": 2.74,
        "mavg3": 0,
        "full_term": "Postgresql/alias[postgres|postgresql]",
        "rank": 33
      },
      "React": {
        "count": 0,
        "percentage": 0.0,
        "mavg3": 0,
        "full_term": "React/js[react]",
        "rank": 216
      },
      "zookeeper": {
        "count": 1,
        "percentage": 0.46,
        "mavg3": 0,
        "full_term": "zookeeper",
        "rank": 98
      }
    }
  }
]
