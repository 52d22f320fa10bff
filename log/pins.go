package log

import (
	"math"
	"sync"
)

// readerPins keep offsets readable for readers that are not tasks; they live as long as the process.
type readerPins struct {
	mu struct {
		sync.Mutex
		pins map[string]readerPin
	}
}

type readerPin struct {
	partitionName
	offset int64
}

type partitionName struct {
	topic     string
	partition int32
}

// Pin keeps the partition from offset on undeleted and uncleaned until Unpin; the same name moves the pin.
func (l *Log) Pin(name, topic string, partition int32, offset int64) {
	l.pins.mu.Lock()
	defer l.pins.mu.Unlock()
	l.pins.mu.pins[name] = readerPin{partitionName{topic, partition}, offset}
}

// Unpin releases a pin.
func (l *Log) Unpin(name string) {
	l.pins.mu.Lock()
	defer l.pins.mu.Unlock()
	delete(l.pins.mu.pins, name)
}

// pinFloor is the lowest pinned offset of a partition, or the greatest number.
func (l *Log) pinFloor(topic string, partition int32) int64 {
	l.pins.mu.Lock()
	defer l.pins.mu.Unlock()
	if floor, ok := l.pinFloorsLocked()[partitionName{topic, partition}]; ok {
		return floor
	}
	return math.MaxInt64
}

// pinFloorsLocked is the lowest pinned offset of every pinned partition, of readers and tasks.
func (l *Log) pinFloorsLocked() map[partitionName]int64 {
	floors := map[partitionName]int64{}
	lower := func(at partitionName, offset int64) {
		if floor, ok := floors[at]; !ok || offset < floor {
			floors[at] = offset
		}
	}
	for _, p := range l.pins.mu.pins {
		lower(p.partitionName, p.offset)
	}
	l.data.mu.RLock()
	defer l.data.mu.RUnlock()
	for _, t := range l.data.mu.tasks {
		for _, in := range t.pinned {
			lower(partitionName{in.Topic, in.Partition}, in.Next)
		}
	}
	return floors
}
