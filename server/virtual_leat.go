package server

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/types"
)

// leatState are the tables of what runs: topics, jobs, tasks.
var leatState = map[string]func(v virtual) []record{
	"leat.topics":      leatTopics,
	"leat.partitions":  leatPartitions,
	"leat.groups":      leatGroups,
	"leat.jobs":        leatJobs,
	"leat.tasks":       leatTasks,
	"leat.lag":         leatLag,
	"leat.late":        leatLate,
	"leat.checkpoints": leatCheckpoints,
	"leat.sessions":    leatSessions,
}

// leatNames are the tables of what users named.
var leatNames = map[string]func(v virtual) []record{
	"leat.streams":    leatStreams,
	"leat.settings":   leatSettings,
	"leat.properties": leatProperties,
	"leat.functions":  leatFunctions,
	"leat.types":      leatTypes,
	"leat.variables":  leatVariables,
}

var cleanups = [...]string{log.Delete: "delete", log.Compact: "compact", log.CompactDelete: "compact,delete"}

func leatTopics(v virtual) []record {
	size, count := map[string]int64{}, map[string]int64{}
	for _, t := range v.ss.srv.log.Stats().Topics {
		for _, p := range t.Partitions {
			size[t.Name] += p.Bytes
			count[t.Name] += p.End - p.Start
		}
	}
	var out []record
	for _, t := range v.ss.srv.log.Topics() {
		if !v.seesTopic(t.Name) {
			continue
		}
		out = append(out, record{
			"name": t.Name, "partitions": int64(t.Partitions), "cleanup": cleanups[t.Cleanup], "retention_ms": t.RetentionMs,
			"retention_bytes": t.RetentionBytes, "internal": t.Internal, "records": count[t.Name], "bytes": size[t.Name],
		})
	}
	return byName(out, "name")
}

func leatPartitions(v virtual) []record {
	var out []record
	for _, t := range v.ss.srv.log.Stats().Topics {
		for _, p := range t.Partitions {
			if !v.seesTopic(t.Name) {
				break
			}
			out = append(out, record{
				"topic": t.Name, "partition": int64(p.Partition), "start": p.Start, "end": p.End, "records": p.End - p.Start,
				"bytes": p.Bytes, "segments": int64(p.Segments), "pinned_bytes": p.PinnedBytes,
			})
		}
	}
	return out
}

func leatGroups(v virtual) []record {
	var out []record
	for _, g := range v.ss.srv.log.Stats().Groups {
		out = append(out, record{
			"group": int64(g.Group), "term": int64(g.Term), "leader": g.Leader, "commit_index": int64(g.CommitIndex),
			"applied_index": int64(g.AppliedIndex), "wal_bytes": g.WALBytes, "last_fsync_us": g.LastFsync.Microseconds(),
			"topics": int64(g.Topics), "partitions": int64(g.Partitions), "tasks": int64(g.Tasks), "tail_bytes": g.TailBytes,
		})
	}
	return out
}

// sumTasks adds up a job's tasks.
func sumTasks(j task.JobStatus) (t task.TaskStatus) {
	for _, x := range j.Tasks {
		t.RowsIn += x.RowsIn
		t.RowsOut += x.RowsOut
		t.Late += x.Late
		t.Failed += x.Failed
		t.Skipped += x.Skipped
		t.StateRows += x.StateRows
		t.StateBytes += x.StateBytes
		t.Spilled = t.Spilled.Plus(x.Spilled)
		t.Saved = t.Saved.Plus(x.Saved)
		t.Lag += x.Lag
	}
	return t
}

func (v virtual) running() map[string]task.JobStatus {
	out := map[string]task.JobStatus{}
	for _, j := range v.ss.srv.runtime.Jobs() {
		out[j.ID] = j
	}
	return out
}

func leatJobs(v virtual) []record {
	running := v.running()
	var out []record
	for _, j := range v.snap.Jobs() {
		st, ok := running[j.ID]
		rec := record{
			"id": j.ID, "kind": string(j.Kind), "statement": j.SQL, "sink": j.Sink, "state": strings.ToLower(string(j.Status)),
			"started": j.CreatedAt * types.MicrosPerMilli, "phase": "stopped", "tasks": int64(len(st.Tasks)),
		}
		if j.Error != "" {
			rec["error"] = j.Error
		}
		if ok && v.seesJob(j.ID) {
			describeJob(rec, st)
		}
		if j.Next != nil {
			rec["phase"] = "replacing"
		}
		out = append(out, rec)
	}
	return out
}

// describeJob fills in what the runtime knows.
func describeJob(rec record, st task.JobStatus) {
	t := sumTasks(st)
	rec["state"], rec["phase"] = string(st.State), "running"
	switch st.State {
	case task.Backfilling:
		rec["state"], rec["phase"] = string(task.Running), "backfill"
	case task.Failed, task.Paused:
		rec["phase"] = "stopped"
	}
	if st.Err != nil {
		rec["error"] = plainText(st.Err)
	}
	rec["done"], rec["total"], rec["percent"], rec["rate"] = t.RowsIn, t.RowsIn+t.Lag, math.Round(st.Backfill*10)/10, math.Round(st.Rate)
	if st.Rate > 0 && t.Lag > 0 {
		rec["eta"] = types.Span{Micros: int64(float64(t.Lag) / st.Rate * 1e6)}
	}
	rec["rows_in"], rec["rows_out"], rec["late"], rec["failed"], rec["skipped"] = t.RowsIn, t.RowsOut, t.Late, t.Failed, t.Skipped
	rec["state_rows"], rec["state_bytes"], rec["lag"] = t.StateRows, t.StateBytes, t.Lag
	rec["spilled_rows"], rec["spilled_bytes"] = t.Spilled.Rows, t.Spilled.Bytes
}

func leatTasks(v virtual) []record {
	var out []record
	for _, j := range v.jobs() {
		for _, t := range j.Tasks {
			out = append(out, record{
				"job": j.ID, "task": t.Task, "stage": int64(t.Stage), "partition": int64(t.Partition), "epoch": int64(t.Epoch),
				"rows_in": t.RowsIn, "rows_out": t.RowsOut, "late": t.Late, "failed": t.Failed, "skipped": t.Skipped,
				"state_rows": t.StateRows, "state_bytes": t.StateBytes, "lag": t.Lag,
				"spilled_rows": t.Spilled.Rows, "spilled_bytes": t.Spilled.Bytes,
				"checkpoints": t.Saved.Files, "checkpoint_bytes": t.Saved.Bytes, "last_checkpoint_bytes": t.Saved.Last,
			})
		}
	}
	return out
}

func leatLag(v virtual) []record {
	var out []record
	for _, j := range v.jobs() {
		for _, t := range j.Tasks {
			for i, p := range t.Positions {
				out = append(out, record{
					"job": j.ID, "topic": p.Topic, "partition": int64(p.Partition), "position": p.Next, "end": t.Ends[i], "lag": max(t.Ends[i]-p.Next, 0),
				})
			}
		}
	}
	return out
}

func leatLate(v virtual) []record {
	var out []record
	for _, j := range v.snap.Jobs() {
		if !v.seesJob(j.ID) {
			continue
		}
		late, err := v.ss.srv.runtime.Late(j.ID)
		if err != nil {
			continue // not running
		}
		for _, l := range late {
			out = append(out, record{
				"stream": j.Sink, "job": j.ID, "topic": l.Topic, "partition": int64(l.Partition), "offset": l.Offset,
				"rowtime": l.Ts * types.MicrosPerMilli, "window_start": l.Window * types.MicrosPerMilli,
			})
		}
	}
	return out
}

func leatCheckpoints(v virtual) []record {
	var out []record
	for _, name := range v.ss.srv.log.Tasks() {
		st, ok := v.ss.srv.log.TaskState(name)
		if !ok {
			continue
		}
		job, _, _ := strings.Cut(name, "/")
		if !v.seesJob(job) {
			continue
		}
		for _, p := range st.Pinned {
			out = append(out, record{
				"job": job, "task": name, "trim_epoch": int64(st.TrimEpoch), "epoch": int64(st.Epoch),
				"topic": p.Topic, "partition": int64(p.Partition), "position": p.Next,
			})
		}
	}
	return out
}

func leatSessions(v virtual) []record {
	var out []record
	for _, s := range v.ss.srv.sessions() {
		if !v.mayMonitor(s.ss.user) {
			out = append(out, record{"pid": int64(s.ss.pid), "user": s.ss.user, "database": s.ss.database, "query": catalog.HiddenText})
			continue
		}
		out = append(out, record{
			"pid": int64(s.ss.pid), "user": s.ss.user, "database": s.ss.database, "application_name": s.app, "client": s.ss.remote,
			"state": s.state, "started": s.ss.started.UnixMicro(), "query": s.query, "query_start": s.start,
		})
	}
	return out
}

func leatStreams(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		rec := record{
			"name": r.Name, "kind": r.Kind.String(), "partitions": int64(r.Partitions), "key_format": r.KeyFormat.Name,
			"value_format": r.ValueFormat.Name, "windowed": r.Windowed != nil, "derived": r.Derived, "read_only": r.ReadOnly,
			"meaning": r.Meaning, "created": r.CreatedAt * types.MicrosPerMilli, "statement": v.shownStatement(r),
		}
		for name, text := range map[string]string{"topic": r.Topic, "job": r.JobID, "comment": r.Comment} {
			if text != "" {
				rec[name] = text
			}
		}
		out = append(out, rec)
	}
	return out
}

func leatSettings(v virtual) []record {
	var out []record
	for i := range knownSettings {
		k := &knownSettings[i]
		lower := strings.ToLower(k.name)
		rec := record{"name": k.name, "value": v.ss.settings.get(lower), "default": k.value, "source": "default", "description": k.doc}
		if k.unit != "" {
			rec["unit"] = k.unit
		}
		if _, ok := v.snap.Setting(lower); ok {
			rec["source"] = "system"
		}
		if _, ok := v.ss.settings.values[lower]; ok {
			rec["source"] = "session"
		}
		out = append(out, rec)
	}
	return out
}

func leatProperties(v virtual) []record {
	var out []record
	for _, n := range append(slices.Clone(ksqlSettings), "auto.offset.reset") {
		if val, ok := v.ss.settings.lookup(n); ok && val != "" {
			out = append(out, record{"property": n, "value": val, "scope": "KSQL", "level": "session"})
		}
	}
	return byName(out, "property")
}

func leatTypes(v virtual) []record {
	var out []record
	for _, t := range v.snap.Types() {
		rec := record{"name": t.Name, "type": t.Type.String()}
		if t.Type.Kind == types.Enum {
			rec["type"] = "ENUM(" + quotedLabels(t.Type.Labels) + ")"
		}
		out = append(out, rec)
	}
	return out
}

func leatVariables(v virtual) []record {
	var out []record
	for n, val := range v.ss.vars {
		out = append(out, record{"name": n, "value": val})
	}
	return byName(out, "name")
}

// leatErrors reads the dead-letter streams of all relations.
func leatErrors(ctx context.Context, v virtual) ([]record, error) {
	n := names{v.snap, v.ss.srv.log}
	var out []record
	for _, r := range v.snap.Relations() {
		letters, ok := n.deadLetters("", r.Name+"_errors")
		if !ok || !v.all.May(v.as, catalog.LettersOf(r), catalog.PrivSelect) {
			continue
		}
		if err := v.ss.catchUp(ctx, v.snap, []string{r.Name}); err != nil {
			return nil, err
		}
		rows, err := v.readErrors(ctx, letters)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			rec := record{"stream": r.Name}
			for i, c := range letters.Schema {
				rec[c.Name] = row[i]
			}
			out = append(out, rec)
		}
	}
	return out, nil
}

func (v virtual) readErrors(ctx context.Context, letters *catalog.Relation) ([]types.Row, error) {
	it, err := v.ss.srv.runtime.Scan(ctx, letters, task.ScanOptions{})
	if err != nil {
		return nil, err
	}
	var out []types.Row
	for {
		b, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, it.Close()
		}
		if err != nil {
			return nil, errors.Join(err, it.Close())
		}
		out = appendRows(out, b, len(letters.Schema))
	}
}
