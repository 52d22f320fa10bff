package log

import (
	"encoding/binary"

	"github.com/leatdb/leat/log/batch"
)

// The DDL commands: topics by name, resolved where they are applied.
type (
	createTopicCommand struct{ config TopicConfig }
	alterTopicCommand  struct{ config TopicConfig }
	dropTopicCommand   struct{ name string }
	dropTaskCommand    struct{ task string }
	trimCommand        struct {
		task   string
		upTo   uint64
		inputs []InputPos
	}
	activateCommand struct {
		activation   Activation
		journalBytes int64 // size at which the tasks' journals roll
	}
)

func (createTopicCommand) kind() commandKind { return kindCreateTopic }
func (alterTopicCommand) kind() commandKind  { return kindAlterTopic }
func (dropTopicCommand) kind() commandKind   { return kindDropTopic }
func (dropTaskCommand) kind() commandKind    { return kindDropTask }
func (trimCommand) kind() commandKind        { return kindTrimJournal }
func (activateCommand) kind() commandKind    { return kindActivate }

const ddlSize = 4096 // an estimate; DDL is rare

func (createTopicCommand) size() int { return ddlSize }
func (alterTopicCommand) size() int  { return ddlSize }
func (dropTopicCommand) size() int   { return ddlSize }
func (dropTaskCommand) size() int    { return ddlSize }
func (trimCommand) size() int        { return ddlSize }
func (activateCommand) size() int    { return ddlSize }

func (c createTopicCommand) encode(w *entryWriter) { w.small = appendTopicConfig(w.small, c.config) }
func (c alterTopicCommand) encode(w *entryWriter)  { w.small = appendTopicConfig(w.small, c.config) }
func (c dropTopicCommand) encode(w *entryWriter)   { w.small = appendString(w.small, c.name) }
func (c dropTaskCommand) encode(w *entryWriter)    { w.small = appendString(w.small, c.task) }

func (c trimCommand) encode(w *entryWriter) {
	dst := w.small
	dst = appendString(dst, c.task)
	dst = binary.AppendUvarint(dst, c.upTo)
	w.small = appendInputs(dst, c.inputs)
}

func (c activateCommand) encode(w *entryWriter) {
	dst := w.small
	a := c.activation
	dst = appendString(dst, a.PlanID)
	dst = binary.AppendVarint(dst, c.journalBytes)
	dst = binary.AppendUvarint(dst, uint64(len(a.Topics)))
	for _, t := range a.Topics {
		dst = appendTopicConfig(dst, t)
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.Tasks)))
	for _, t := range a.Tasks {
		dst = appendString(dst, t.Task)
		dst = binary.AppendUvarint(dst, uint64(len(t.Inputs)))
		for _, in := range t.Inputs {
			dst = appendString(dst, in.Topic)
			dst = binary.AppendVarint(dst, int64(in.Partition))
			dst = append(dst, byte(in.Start))
			dst = binary.AppendVarint(dst, in.Offset)
			dst = binary.AppendVarint(dst, in.Time)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.Drop)))
	for _, name := range a.Drop {
		dst = appendString(dst, name)
	}
	w.small = dst
}

func decodeActivate(d *decoder) activateCommand {
	a := Activation{PlanID: d.string()}
	journalBytes := d.varint()
	for range d.count() {
		a.Topics = append(a.Topics, decodeTopicConfig(d))
	}
	for range d.count() {
		t := TaskStart{Task: d.string()}
		for range d.count() {
			t.Inputs = append(t.Inputs, StartAt{
				Topic: d.string(), Partition: int32(d.varint()), Start: StartKind(d.u8()), Offset: d.varint(), Time: d.varint(),
			})
		}
		a.Tasks = append(a.Tasks, t)
	}
	for range d.count() {
		a.Drop = append(a.Drop, d.string())
	}
	return activateCommand{activation: a, journalBytes: journalBytes}
}

func appendTopicConfig(dst []byte, c TopicConfig) []byte {
	dst = appendString(dst, c.Name)
	dst = binary.AppendVarint(dst, int64(c.Partitions))
	dst = append(dst, byte(c.Cleanup))
	dst = binary.AppendVarint(dst, c.RetentionMs)
	dst = binary.AppendVarint(dst, c.RetentionBytes)
	dst = binary.AppendVarint(dst, c.DeleteRetentionMs)
	dst = binary.AppendVarint(dst, int64(c.MaxMessageBytes))
	dst = append(dst, byte(c.Codec))
	dst = appendBool(dst, c.Internal)
	dst = binary.AppendUvarint(dst, uint64(len(c.Placement)))
	for _, g := range c.Placement {
		dst = binary.AppendVarint(dst, int64(g))
	}
	dst = binary.AppendVarint(dst, c.SegmentBytes)
	return binary.AppendVarint(dst, c.SegmentMs)
}

func decodeTopicConfig(d *decoder) TopicConfig {
	c := TopicConfig{
		Name: d.string(), Partitions: int32(d.varint()), Cleanup: Cleanup(d.u8()),
		RetentionMs: d.varint(), RetentionBytes: d.varint(), DeleteRetentionMs: d.varint(),
		MaxMessageBytes: int(d.varint()), Codec: batch.Codec(d.u8()), Internal: d.bool(),
	}
	for range d.count() {
		c.Placement = append(c.Placement, int32(d.varint()))
	}
	c.SegmentBytes, c.SegmentMs = d.varint(), d.varint()
	return c
}
