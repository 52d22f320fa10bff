CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept_id INT, salary INT, boss INT);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT);
INSERT INTO emp VALUES (1, 'ann', 1, 3000, NULL), (2, 'bob', 1, 1500, 1), (3, 'cid', 2, 2000, 1), (4, 'dee', 2, 1000, 3), (5, 'eve', NULL, 1800, 4), (6, 'fay', 7, NULL, 1), (7, 'ben', 1, 1500, 2);
INSERT INTO dept VALUES (1, 'Engineering'), (2, 'Sales'), (3, 'Empty');
