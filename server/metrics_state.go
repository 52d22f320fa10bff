package server

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
)

// stateCollector reads jobs, topics, groups and sessions when it is asked. A
// job's label is query, since Prometheus gives job another meaning.
type stateCollector struct{ s *Server }

// reading is one metric that is read off a value of type T.
type reading[T any] struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(T) float64
}

func gauge[T any](name, help, label string, of func(T) float64) reading[T] {
	return reading[T]{prometheus.NewDesc(name, help, labels(label), nil), prometheus.GaugeValue, of}
}

func total[T any](name, help, label string, of func(T) float64) reading[T] {
	return reading[T]{prometheus.NewDesc(name, help, labels(label), nil), prometheus.CounterValue, of}
}

func labels(label string) []string {
	if label == "" {
		return nil
	}
	return []string{label}
}

func (r reading[T]) send(ch chan<- prometheus.Metric, x T, label ...string) {
	ch <- prometheus.MustNewConstMetric(r.desc, r.kind, r.of(x), label...)
}

type jobReading struct {
	task.JobStatus
	task.TaskStatus // the sum of its tasks
}

var jobReadings = []reading[jobReading]{
	total("leat_job_rows_in_total", "Rows read by a job.", "query", func(j jobReading) float64 { return float64(j.RowsIn) }),
	total("leat_job_rows_out_total", "Rows written by a job.", "query", func(j jobReading) float64 { return float64(j.RowsOut) }),
	total("leat_job_rows_late_total", "Rows of a job behind the grace period.", "query", func(j jobReading) float64 { return float64(j.Late) }),
	total("leat_job_rows_failed_total", "Rows a job could not process.", "query", func(j jobReading) float64 { return float64(j.Failed) }),
	total("leat_job_rows_skipped_total", "Rows a job passed over, such as those without a key.", "query", func(j jobReading) float64 { return float64(j.Skipped) }),
	gauge("leat_job_lag_records", "Records a job has not read yet.", "query", func(j jobReading) float64 { return float64(j.Lag) }),
	gauge("leat_job_state_rows", "Rows of a job's state.", "query", func(j jobReading) float64 { return float64(j.StateRows) }),
	gauge("leat_job_state_bytes", "Bytes of a job's state.", "query", func(j jobReading) float64 { return float64(j.StateBytes) }),
	gauge("leat_job_spilled_rows", "Rows of a job's state that are on disk.", "query", func(j jobReading) float64 { return float64(j.Spilled.Rows) }),
	gauge("leat_job_spilled_bytes", "Bytes of a job's state that are on disk, before compression.", "query",
		func(j jobReading) float64 { return float64(j.Spilled.Bytes) }),
	total("leat_job_spill_hits_total", "Keys found in memory since state was on disk.", "query", func(j jobReading) float64 { return float64(j.Spilled.Hits) }),
	total("leat_job_spill_misses_total", "Keys looked for on disk.", "query", func(j jobReading) float64 { return float64(j.Spilled.Misses) }),
	total("leat_job_checkpoints_total", "Checkpoints written by a job.", "query", func(j jobReading) float64 { return float64(j.Saved.Files) }),
	total("leat_job_checkpoint_bytes_total", "Bytes of checkpoints written by a job.", "query",
		func(j jobReading) float64 { return float64(j.Saved.Bytes) }),
	gauge("leat_job_tasks", "Tasks of a job.", "query", func(j jobReading) float64 { return float64(len(j.Tasks)) }),
	gauge("leat_job_backfill_ratio", "How much of what was there at its start a job has read, 0 to 1.", "query",
		func(j jobReading) float64 { return j.Backfill / 100 }),
}

var topicReadings = []reading[log.TopicStats]{
	topic("leat_topic_bytes", "Bytes of a topic's segments.", func(p log.PartitionStats) int64 { return p.Bytes }),
	topic("leat_topic_pinned_bytes", "Bytes past retention that a reader still needs.", func(p log.PartitionStats) int64 { return p.PinnedBytes }),
	topic("leat_topic_segments", "Segment files of a topic.", func(p log.PartitionStats) int64 { return int64(p.Segments) }),
	topic("leat_topic_records", "Offsets that a topic holds.", func(p log.PartitionStats) int64 { return p.End - p.Start }),
	total("leat_topic_appended_records_total", "Offsets ever given out in a topic.", "topic", sumOver(func(p log.PartitionStats) int64 { return p.End })),
}

func topic(name, help string, of func(log.PartitionStats) int64) reading[log.TopicStats] {
	return gauge(name, help, "topic", sumOver(of))
}

func sumOver(of func(log.PartitionStats) int64) func(log.TopicStats) float64 {
	return func(t log.TopicStats) float64 {
		var n int64
		for _, p := range t.Partitions {
			n += of(p)
		}
		return float64(n)
	}
}

var tailReadings = []reading[task.TailStats]{
	gauge("leat_decoded_bytes", "Bytes of decoded rows that wait for other queries on the same partition.", "", func(t task.TailStats) float64 { return float64(t.Bytes) }),
	total("leat_decoded_once_rows_total", "Rows decoded once for several queries.", "", func(t task.TailStats) float64 { return float64(t.Once) }),
	total("leat_decoded_taken_rows_total", "Rows that queries took of those.", "", func(t task.TailStats) float64 { return float64(t.Taken) }),
	total("leat_decoded_alone_rows_total", "Rows that queries decoded for themselves.", "", func(t task.TailStats) float64 { return float64(t.Alone) }),
}

var groupReadings = []reading[log.GroupStats]{
	gauge("leat_group_leader", "1 where this node leads the group.", "group", func(g log.GroupStats) float64 { return oneIf(g.Leader) }),
	gauge("leat_group_term", "Raft term of a group.", "group", func(g log.GroupStats) float64 { return float64(g.Term) }),
	total("leat_group_commit_index_total", "Raft entries committed by a group.", "group", func(g log.GroupStats) float64 { return float64(g.CommitIndex) }),
	total("leat_group_applied_index_total", "Raft entries applied by a group.", "group", func(g log.GroupStats) float64 { return float64(g.AppliedIndex) }),
	gauge("leat_group_tail_bytes", "Bytes of a group's newest records held in memory.", "group", func(g log.GroupStats) float64 { return float64(g.TailBytes) }),
	gauge("leat_log_wal_bytes", "Bytes of a group's write-ahead log.", "group", func(g log.GroupStats) float64 { return float64(g.WALBytes) }),
	total("leat_log_fsyncs_total", "Syncs of a group's write-ahead log.", "group", func(g log.GroupStats) float64 { return float64(g.Fsyncs) }),
	total("leat_log_fsync_seconds_total", "Time spent in them.", "group", func(g log.GroupStats) float64 { return g.FsyncTime.Seconds() }),
	gauge("leat_log_last_fsync_seconds", "What the last of them took.", "group", func(g log.GroupStats) float64 { return g.LastFsync.Seconds() }),
}

var (
	jobStates       = []task.JobState{task.Running, task.Backfilling, task.Paused, task.Failed}
	descJobState    = prometheus.NewDesc("leat_job_state", "1 for the state that a job is in.", []string{"query", "state"}, nil)
	sessionStates   = []string{"active", "idle", "idle in transaction", "idle in transaction (aborted)"}
	descSessions    = prometheus.NewDesc("leat_server_sessions", "Sessions, by state.", []string{"state"}, nil)
	descReady       = prometheus.NewDesc("leat_server_ready", "1 when clients can be answered.", nil, nil)
	descDiskFree    = prometheus.NewDesc("leat_server_disk_free_bytes", "Free bytes on the file system of the data directory.", nil, nil)
	descUncommitted = prometheus.NewDesc("leat_uncommitted_bytes", "Bytes of continuous queries' results that wait for the log.", nil, nil)
)

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descJobState, descSessions, descReady, descDiskFree, descUncommitted} {
		ch <- d
	}
	descriptions(ch, jobReadings)
	descriptions(ch, topicReadings)
	descriptions(ch, groupReadings)
	descriptions(ch, tailReadings)
}

func descriptions[T any](ch chan<- *prometheus.Desc, list []reading[T]) {
	for _, r := range list {
		ch <- r.desc
	}
}

// Collect implements prometheus.Collector. Before recovery is over it tells
// only that.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	ready := c.s.isReady()
	one := func(d *prometheus.Desc, v float64, label ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, label...)
	}
	one(descReady, oneIf(ready))
	if !ready {
		return
	}
	if u, err := c.s.cfg.FS.GetDiskUsage(c.s.cfg.DataDir); err == nil {
		one(descDiskFree, float64(u.AvailBytes))
	}
	for _, j := range c.s.runtime.Jobs() {
		for _, r := range jobReadings {
			r.send(ch, jobReading{j, sumTasks(j)}, j.ID)
		}
		for _, state := range jobStates {
			one(descJobState, oneIf(j.State == state), j.ID, string(state))
		}
	}
	one(descUncommitted, float64(c.s.runtime.Uncommitted()))
	for _, r := range tailReadings {
		r.send(ch, c.s.runtime.Tails())
	}
	st := c.s.log.Stats()
	for _, t := range st.Topics {
		for _, r := range topicReadings {
			r.send(ch, t, t.Name)
		}
	}
	for _, g := range st.Groups {
		for _, r := range groupReadings {
			r.send(ch, g, fmt.Sprint(g.Group))
		}
	}
	counts := map[string]int{}
	for _, s := range c.s.sessions() {
		counts[s.state]++
	}
	for _, state := range sessionStates {
		one(descSessions, float64(counts[state]), state)
	}
}
