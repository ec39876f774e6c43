"""When comes in; due sends go out. APScheduler only wakes: schedules and occurrences are rows."""
