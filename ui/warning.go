package ui

// The fixed codes of the warnings that stand in a till's view while a condition lasts.
const (
	WarnHubSilent  = "hub_silent"        // no line to the hub
	WarnScanner    = "scanner_unplugged" // a scanner that was set up is not there
	WarnDevice     = "device_unplugged"  // a printer or display that was set up is not there
	WarnLeaseLow   = "lease_low"         // little is left that may be accepted without the hub
	WarnLeaseEnded = "lease_ended"       // nothing may be accepted without the hub
	WarnClock      = "clock_untrusted"   // the PC's clock is behind what is known
	WarnDiskFull   = "disk_full"         // the till's journal has no room
	WarnJournal    = "journal_failed"    // the till's journal could not be written
	WarnFrozen     = "frozen"            // the terminal waits for a person's decision
	WarnRevoked    = "revoked"           // the terminal is shut out
	WarnSuspended  = "suspended"         // the merchant may not redeem
	WarnQueueOld   = "queue_old"         // something has waited for the hub for more than a day
	WarnNoCampaign = "no_campaign"       // the law has not come yet
	WarnOlder      = "disk_older"        // the hub has records that this PC's disk has not
	WarnLarge      = "journal_large"     // the till's journal is near the size that it may have
	WarnUnproven   = "journal_unproven"  // the till's journal was damaged, and the hub has not shown yet that nothing is missing
	WarnSettings   = "settings_damaged"  // the settings could not be read; the defaults hold
	WarnShifts     = "shifts_damaged"    // closings of shifts were lost to damage
	WarnNoShifts   = "shifts_missing"    // there is no record of earlier closings
)

// Warning says a lasting condition: what it is and what to do. The subject names the thing, such as a scanner, and may
// be empty. ok is false for a code that is not known here.
func Warning(code, subject string) (said Said, ok bool) {
	said, ok = warnings[code]
	if subject == "" {
		return said, ok
	}
	switch code {
	case WarnScanner:
		said.Message = text("扫码枪没有接好："+subject+"。", "A scanner is not connected: "+subject+".")
	case WarnDevice:
		said.Message = text("设备没有接好："+subject+"。", "A device is not connected: "+subject+".")
	}
	return said, ok
}

var warnings = map[string]Said{
	WarnHubSilent: {text("联系不上中心。", "The hub cannot be reached."),
		text("可以继续扫券，额度内会离线受理；请检查网络。", "Go on scanning: within its limit the till accepts offline. Check the network.")},
	WarnScanner: {text("扫码枪没有接好。", "A scanner is not connected."),
		text("请把扫码枪的线重新插好；也可以在窗口里扫。", "Plug the scanner in again; scanning into the window works too.")},
	WarnDevice: {text("打印机或客显没有接好。", "A printer or display is not connected."),
		text("不影响核销；请检查它的线和电源。", "Redeeming goes on; check its cable and power.")},
	WarnLeaseLow: {text("离线额度快用完或已经用完。", "Little or nothing is left that may be accepted without the hub."),
		text("请尽快恢复网络。", "Bring the line back soon.")},
	WarnLeaseEnded: {text("没有离线额度，断网时不能核销。", "Nothing can be accepted without the hub."),
		text("请恢复网络，中心会重新给额度。", "Bring the line back; the hub will then grant more.")},
	WarnClock: {text("这台电脑的时间不准。", "This PC's clock is wrong."),
		text("请改成现在的北京时间；改好以前断网时不能核销。", "Set it to the present Beijing time; until then nothing can be accepted offline.")},
	WarnDiskFull: {text("磁盘已满，不能核销。", "The disk is full; nothing can be redeemed."),
		text("请清理磁盘；已经受理的都还在。", "Free some disk space; all that was accepted is still there.")},
	WarnJournal: {text("磁盘写入失败，不能核销。", "The disk could not be written; nothing can be redeemed."),
		text("请联系技术支持；已经受理的都还在。", "Call support; all that was accepted is still there.")},
	WarnFrozen: {text("本机已被暂停，等候中心处理。", "This till is on hold until the hub's staff have looked at it."),
		text("请联系活动办公室。", "Call the campaign office.")},
	WarnRevoked: {text("本机已被停用。", "This till has been shut out."),
		text("请联系活动办公室。", "Call the campaign office.")},
	WarnSuspended: {text("本店现在不能核销。", "This shop may not redeem at present."),
		text("请联系活动办公室。", "Call the campaign office.")},
	WarnQueueOld: {text("有核销记录等了一天以上还没有报到中心。", "Redemptions have waited for the hub for more than a day."),
		text("请尽快恢复网络，不要关机卸载。", "Bring the line back soon; do not remove the program.")},
	WarnLarge: {text("本机的日志快要到大小上限了。", "This till's journal is near the size that it may have."),
		text("请联网让记录上传，并重启一次本机；仍有此提示请联系技术支持。", "Go online so that the records are sent, and restart this PC once; if this stays, call support.")},
	WarnUnproven: {text("本机的日志曾损坏，已用另一份修复，与中心核对之前不能核销。", "This till's journal was damaged and has been repaired; until it is compared with the hub nothing can be redeemed."),
		text("请检查网络，联上中心后会自动核对；先不用券收款。", "Check the network: it is compared by itself once the hub is there. Until then take payment without vouchers.")},
	WarnOlder: {text("这台电脑的数据比中心旧（磁盘被还原过，或另有一台电脑用着同一份数据），本机已停止离线受理。", "This PC's data is older than the hub's (its disk was put back, or another PC uses a copy of it); it no longer accepts offline."),
		text("断网时请勿收券；保留小票，并联系技术支持。", "Take no vouchers while the line is down; keep the receipts and call support.")},
	WarnSettings: {text("本机的设置文件损坏，已改用默认设置。", "This till's settings were damaged; the defaults hold."),
		text("不影响核销；请技术人员在本机执行 hexiao-agent pin，再重新设置。", "Redeeming goes on; have the technician run hexiao-agent pin on this PC and set it up again.")},
	WarnShifts: {text("交班记录有损坏，核销一笔不少；本班从还读得到的上一次交班算起。", "Records of closed shifts were damaged; no redemption is lost. This shift counts from the last closing that can be read."),
		text("本班的数可能含已交过的班，请与小票核对后交班。", "It may hold what was closed before: compare it with the slips, then close the shift.")},
	WarnNoShifts: {text("本机没有以前的交班记录，本班从本机保存的第一笔核销算起。", "This till has no record of earlier closings; this shift counts from the first redemption that it holds."),
		text("请与小票核对后交班，以后就从这次交班算起。", "Compare it with the slips, then close the shift; the next one counts from there.")},
	WarnNoCampaign: {text("还没有收到活动规则，不能核销。", "The campaign's rules have not come yet; nothing can be redeemed."),
		text("请检查网络，等中心在线。", "Check the network and wait for the hub.")},
}
