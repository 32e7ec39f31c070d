package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// usage is what an instance uses, or several together.
type usage struct {
	resident   float64 // bytes of memory, as the system counts them
	heap       float64 // bytes of it that Go's heap is using
	goroutines float64
	processor  float64 // seconds, since the start
}

func (u usage) plus(v usage) usage {
	return usage{u.resident + v.resident, u.heap + v.heap, u.goroutines + v.goroutines, u.processor + v.processor}
}

// usageOf asks all instances.
func usageOf(ctx context.Context, instances []*instance) (total usage, err error) {
	for _, i := range instances {
		u, err := i.usage(ctx)
		if err != nil {
			return usage{}, err
		}
		total = total.plus(u)
	}
	return total, nil
}

func (i *instance) usage(ctx context.Context) (usage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.metrics, nil)
	if err != nil {
		return usage{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return usage{}, err
	}
	defer res.Body.Close()
	u, err := parseMetrics(res.Body)
	if err != nil {
		return usage{}, err
	}
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", i.cmd.Process.Pid))
	if err != nil {
		return u, nil // not Linux: what the process says of itself stands
	}
	defer status.Close()
	if resident, ok := parseResident(status); ok {
		u.resident = resident
	}
	return u, nil
}

// parseMetrics reads the text that Prometheus does.
func parseMetrics(text io.Reader) (u usage, err error) {
	wanted := map[string]*float64{
		"go_goroutines":                 &u.goroutines,
		"go_memstats_heap_inuse_bytes":  &u.heap,
		"process_cpu_seconds_total":     &u.processor,
		"process_resident_memory_bytes": &u.resident,
	}
	for lines := bufio.NewScanner(text); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		field, ok := wanted[name]
		if !ok {
			continue
		}
		if *field, err = strconv.ParseFloat(value, 64); err != nil {
			return usage{}, fmt.Errorf("metrics: %s: %w", name, err)
		}
		delete(wanted, name)
	}
	if _, missing := wanted["go_goroutines"]; missing {
		return usage{}, fmt.Errorf("metrics: go_goroutines is missing")
	}
	return u, nil
}

// parseResident reads /proc/<pid>/status.
func parseResident(status io.Reader) (bytes float64, ok bool) {
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "VmRSS:"); found {
			kibibytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kibibytes * 1024, err == nil
		}
	}
	return 0, false
}
