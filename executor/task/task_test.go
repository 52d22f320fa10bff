package task

import (
	"testing"

	"github.com/leatdb/leat/sql/types"
)

func TestFilterRunsEndToEnd(t *testing.T) {
	for _, size := range []int{1, 64, 4096} {
		n := newNode(t, size)
		n.topic("clicks", 1)
		n.topic("big", 1)
		n.insert(clicks(1), []int64{10, 20}, types.Row{int64(1), "/a", int64(5)}, types.Row{int64(2), "/b", int64(-5)})
		n.start(JobSpec{ID: "j", Plan: filterPlan(1)})
		n.insert(clicks(1), []int64{30}, types.Row{int64(3), nil, int64(7)})
		n.idle()
		equalLines(t, n.records("big"),
			`0/0 @10 1={"page":"/a","n":5}`,
			`0/1 @30 3={"page":null,"n":7}`)
		s := n.rt.Jobs()[0]
		if s.State != Running || s.Tasks[0].RowsIn != 3 || s.Tasks[0].RowsOut != 2 || s.Tasks[0].Lag != 0 {
			t.Errorf("status %+v", s)
		}
		n.close()
	}
}
