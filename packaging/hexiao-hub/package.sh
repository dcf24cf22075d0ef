# What is the hub's own in its package's scripts; packages.sh puts it in front of postinst.sh, prerm.sh and postrm.sh.
mode=0700 # of the data folder

after_install() { :; }

before_removal() { :; } # the data folder stays

before_upgrade() { :; } # the book stays, too

# The book in this folder is the only truth about every voucher and every fen.
before_purge() {
	[ -n "$(ls -A "$data" 2>/dev/null)" ] || return 0
	refuse "$data 中有活动账簿，清除后无法恢复。请先停止中心并把整个目录备份到别处；确认要删除，请带 HEXIAO_FORCE=1 再执行一次" \
		"$data holds the campaign's book, and nothing brings it back. Stop the hub and copy the whole folder to another disk first; to delete it, run this again with HEXIAO_FORCE=1"
}
