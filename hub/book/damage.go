package book

import "fmt"

// Damage says that a book is not as it was written, and where: it comes, perhaps wrapped, from Open, Read and Verify
// for everything that a crash cannot explain. Nothing on disk has been changed; nothing after the place is trusted.
type Damage struct {
	File   string
	Offset int64    // in File, in bytes: where the damaged header or frame begins
	At     Position // the first entry that cannot be trusted
	What   string   // one clause, in English

	torn bool // by itself it could be what a crash left of a group
}

// Error names the place and the cure.
func (d *Damage) Error() string {
	return fmt.Sprintf("%s is damaged at offset %d (entry %d): %s; nothing was changed: restore a backup with `hexiao-hub restore`, or send the folder to support"+
		" (账本文件在偏移 %d 处（第 %d 条）损坏，未作任何改动：请用 `hexiao-hub restore` 从备份恢复，或将整个目录发给技术支持)", d.File, d.Offset, d.At, d.What, d.Offset, d.At)
}
