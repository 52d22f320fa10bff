package planner

import (
	"testing"

	"github.com/leatdb/leat/sql"
)

// TestQueriesPlan plans what users write; every plan is checked whole.
func TestQueriesPlan(t *testing.T) {
	cat := withSystemTables(testCatalog())
	for _, text := range manyQueries {
		stmt, err := sql.ParseOne(text)
		if err != nil {
			t.Error(text, err)
			continue
		}
		p, err := Build(stmt.(*sql.QueryStmt).Query, cat, Options{Text: text})
		if err != nil {
			t.Error(text, err)
			continue
		}
		if err := checkPlan(p); err != nil {
			t.Error(text, "\n   BROKEN", err, "\n", ExplainPhysical(p))
		}
	}
}

var manyQueries = []string{
	"select a.id, b.n from users a join lateral (select count(*) n from cities c where c.id = a.city_id group by c.name having count(*) > a.id) b on true",
	"select u.id from users u where exists (select 1 from cities c where c.id = u.city_id and exists (select 1 from profiles p where p.id = c.id and p.id = u.id))",
	"select u.id from users u where not exists (select 1 from cities c where c.id = u.city_id and c.name > 'a')",
	"select (select count(*) from cities c where c.id < u.id) + 1, sum(u.id) over (partition by (select 1)) from users u",
	"select count(*) + (select max(id) from cities), max(id) filter (where ok) from users having count(*) > 1 order by count(*)",
	"select u.* from users u, lateral unnest(array[u.id, 2]) with ordinality x(v, o) where x.o = 1",
	"select * from (select id, row_number() over (order by id) rn from users) t where rn <= 3",
	"select city_id, sum(sum(id)) over (order by city_id) from users group by city_id",
	"select rank() over (order by count(*) desc), city_id from users group by city_id",
	"select distinct on (city_id) id, city_id from users order by city_id, id desc",
	"with x as (select * from users where id in (select id from cities)) select * from x a join x b using (id)",
	"select * from users where id in (with z as (select id from cities) select id from z)",
	"select t.a, t.b from (values (1, 2), (3, null)) t(a, b) union all select id, null from cities order by 2 nulls first limit 3",
	"select coalesce((select name from cities where id = 1), 'x') || 'y'",
	"select * from users u full join cities c on u.city_id = c.id where u.id = 1 or c.id = 2",
	"select * from users u left join (select city_id, count(*) n from users group by city_id) g on g.city_id = u.city_id where g.n > 1",
	"select json_build_object('a', id, 'b', name) from users",
	"select array_agg(name order by id desc), string_agg(name, ',') from users",
	"select extract(year from created), date_trunc('day', created), created at time zone 'UTC' from users",
	"select generate_series(1, 3), generate_series(1, 2)",
	"select (regexp_matches('abc', 'b'))[1]",
	"select unnest(array[1,2]) + 1 as x order by x",
	"select case id when 1 then 'a' else null end from users group by id",
	"select exists (select 1), not exists (select 2)",
	"select id from users where (city_id, id) = any (select id, id from cities)",
	"select id from users where (select ok)",
	"select sum(n)::numeric / count(*) from clicks",
	"select round(avg(n), 2), min(at) from clicks",
	"table users",
	"select 1 where false",
	"select all id from users",
	"select u from users u where u.id = 1",
	"select row(1,2) = row(1,3), (1,2) is null",
	"select id from users order by case when ok then 0 else 1 end, lower(name)",
	"select $1 = any(tags), tags || $2, tags @> array['x'] from clicks",
	"select name from users group by 1 having count(*) > 1 order by count(*) desc, 1",
	"select count(distinct (id, name)) from users",
	"select max(x) from (select 1 as x union select 2.5) q",
	"select nullif(null, 1), coalesce(null, null), greatest(1, 2.5, null)",
	"select interval '1 day' * 2, now() - interval '1 hour', current_date - 7, current_timestamp, localtime",
	"select page, window_start, count(*) from clicks window tumbling (size 1 minute) group by page having window_start > '2024-01-01' order by window_start",
	"select date_trunc('minute', rowtime) m, count(*) from clicks group by m order by m",
	"select * from per_minute where window_start = '2024-01-01'",
	"select page, hits from per_page where page like 'a%' order by hits desc limit 10",
	"select * from clicks where rowoffset >= 3 and rowpartition = 0",
	"select a.page from clicks a join clicks b on a.page = b.page and a.rowtime between b.rowtime - interval '1 minute' and b.rowtime",
	"select id from users emit changes with (start = timestamp '2024-01-01')",
	"select id from users emit changes with (start = '0:12,1:3', on_error = 'stop')",
	"select upper(name) n, count(*) from users group by upper(name) emit changes",
	"select user_id, n from clicks partition by user_id emit changes",
	"select page, topk(n, 3), latest_by_offset(n), collect_list(n) from clicks group by page emit changes",
	"select page, count(*) filter (where n > 1), avg(n), sum(cost) from clicks window session (1 minute) group by page emit changes",
	"select c.page, count(*) from clicks c join users u on c.user_id = u.id window tumbling (size 1 hour) where u.ok group by c.page emit changes",
	"select p.page, p.hits, u.n from per_page p join (select page, count(*) n from clicks where n > 3 group by page) u on p.page = u.page emit changes",
	"select o.id, s.carrier, u.name from orders o join ships s within 1 hour on o.id = s.order_id left join users u on o.user_id = u.id emit changes",
	"select distinct page, n from clicks emit changes",
	"select s.* from stock s join cities c on s.qty = c.id emit changes",
	"select x.page as p from (select * from clicks where n > 1) x where x.user_id = 3 emit changes",
	"select transform(tags, x => x || page) from clicks emit changes",
	"select explode(tags), page from clicks where n > 1 emit changes",
	"select page, case when n > 1 then 'a' else 'b' end k, count(*) from clicks group by page, k emit changes",
}
