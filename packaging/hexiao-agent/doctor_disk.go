package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hexiao/agent/desk"
)

// A journal may grow to 256 MiB (journal.Options.MaxSize), so twice that is plenty; bbolt grows its file by up to
// 16 MiB at a time (bbolt's DefaultAllocSize), so with less than that no record may fit.
const (
	spacePlenty = 512 << 20
	spaceNeeded = 16 << 20
)

// filesNeeded is how many new files the agent may need at once: its journals, their copies for a new epoch, settings.
const filesNeeded = 64

// Each accepted sale waits for two to four syncs (both journals, sometimes the hub's word), and a cashier is to have an
// answer within 300 ms: at 50 ms each that is just kept.
const (
	syncsTried  = 20
	syncSlow    = 50 * time.Millisecond
	syncEnough  = 2 * time.Second // of trying
	syncPayload = 4096            // bytes, bbolt's page
)

// volume is the disk that the data folder is on.
type volume struct {
	free, files uint64 // bytes; and how many more files fit, noLimit where the file system does not count them
	readOnly    bool
	kind        string // "tmpfs", "nfs", ...; empty: one that is fine, or not known
	remote      bool   // it is on another machine
	volatile    bool   // it is gone after a power cut
}

const noLimit = 1 << 62

func (c *checkup) disk(ctx context.Context) []desk.Finding {
	v, err := volumeOf(c.data)
	if err != nil {
		return []desk.Finding{worse("disk", "磁盘空间没有查到："+err.Error(), "the disk's free space is not known: "+err.Error(), "请先处理数据目录的问题", "put the data folder right first")}
	}
	found := []desk.Finding{space(v)}
	if f, odd := c.fileSystem(v); odd {
		found = append(found, f)
	}
	if v.readOnly || v.free < spaceNeeded {
		return found
	}
	if f, ok := c.syncing(ctx); ok {
		found = append(found, f)
	}
	return found
}

func space(v volume) desk.Finding {
	mib := v.free >> 20
	zh, en := fmt.Sprintf("磁盘还有 %d MiB", mib), fmt.Sprintf("%d MiB are free", mib)
	nextZh, nextEn := "请清理磁盘；已受理的核销都还在", "free some disk space; what was accepted is still there"
	switch {
	case v.free < spaceNeeded:
		return bad("disk", zh+"，不够", en+", too little", nextZh, nextEn)
	case v.files < filesNeeded:
		return bad("disk", fmt.Sprintf("磁盘还能建 %d 个文件（inode 用完），不够", v.files), fmt.Sprintf("the disk takes %d more files (no inodes left), too few", v.files),
			"请删除大量的小文件（缓存、旧日志）", "delete what has many small files (caches, old logs)")
	case v.free < spacePlenty:
		return worse("disk", zh+"，偏少", en+", not much", nextZh, nextEn)
	}
	return well("disk", zh, en)
}

// fileSystem names what a journal should not be on.
func (c *checkup) fileSystem(v volume) (desk.Finding, bool) {
	const check = "filesystem"
	local := "请把数据目录放到本机硬盘上（--data），并重新启动服务"
	localEn := "put the data folder on a disk of this PC (--data) and restart the agent"
	switch {
	case v.readOnly:
		return bad(check, c.data+" 所在的磁盘是只读的", "the disk of "+c.data+" is read-only",
			"多半是磁盘出错后系统改成了只读：请备份数据目录，检查磁盘（dmesg、fsck），再重启", "usually the system made it so after a disk error: copy the data folder, check the disk (dmesg, fsck), then restart"), true
	case v.volatile:
		return bad(check, fmt.Sprintf("%s 在内存盘上（%s），断电后核销记录会丢失", c.data, v.kind), fmt.Sprintf("%s is on a disk in memory (%s); a power cut would lose redemptions", c.data, v.kind), local, localEn), true
	case v.remote:
		return bad(check, fmt.Sprintf("%s 在网络盘上（%s），断网就不能核销，写入也不可靠", c.data, v.kind), fmt.Sprintf("%s is on a network disk (%s): without the network nothing can be redeemed, and its syncs cannot be relied on", c.data, v.kind), local, localEn), true
	}
	return desk.Finding{}, false
}

// syncing measures how long the disk takes to keep 4 KiB for good, in a file of its own that is taken away again.
func (c *checkup) syncing(ctx context.Context) (desk.Finding, bool) {
	took, err := syncTimes(ctx, c.data)
	if err != nil || len(took) == 0 {
		return desk.Finding{}, false // that the folder cannot be written is said by another check
	}
	slices.Sort(took)
	median, most := took[len(took)/2], took[len(took)-1]
	zh := fmt.Sprintf("磁盘写入确认：中位 %v，最慢 %v（%d 次）", short(median), short(most), len(took))
	en := fmt.Sprintf("the disk confirms a write in %v (median), %v at worst (of %d)", short(median), short(most), len(took))
	if median > syncSlow {
		return worse("fsync", zh+"，偏慢，每笔核销都要等", en+", which is slow, and each redemption waits for it",
			"请看是否有程序在大量写盘（更新、杀毒、备份）；一直这样就换固态硬盘", "look for a program that writes much (updates, antivirus, backup); if it stays so, change to a solid-state disk"), true
	}
	return well("fsync", zh, en), true
}

func short(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Microsecond)
}

func syncTimes(ctx context.Context, dir string) (took []time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, syncPayload)
	began := time.Now()
	for range syncsTried {
		at := time.Now()
		if _, err := f.Write(page); err != nil {
			return took, err
		}
		if err := f.Sync(); err != nil {
			return took, fmt.Errorf("sync %s: %w", filepath.Base(f.Name()), err)
		}
		took = append(took, time.Since(at))
		if ctx.Err() != nil || time.Since(began) > syncEnough {
			break
		}
	}
	return took, nil
}
