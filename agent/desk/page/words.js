// The page's own words. What an answer, a warning or a refusal says comes ready from the desk; the words that the desk
// has of ui (titles, states, amounts) come with shared.js, which it makes of them.

import shared from "./shared.js";

const t = (zh, en) => ({ zh, en });

export const say = {
  ...shared,
  nogl: t("这台电脑的显卡驱动没有 OpenGL，打不开窗口；本页可以做同样的事。", "The window could not be opened because this PC's graphics driver lacks OpenGL; this page does the same."),
  enterFirst: t("先输入金额", "Enter the amount"),
  enterFirstHow: t("在右边或键盘上输入本单金额，再扫顾客的消费券。", "Type the bill on the right or on the keyboard, then scan the customer's voucher."),
  scanNow: t("请扫消费券", "Scan the voucher"),
  scanNowHow: t("让顾客打开消费券的二维码，用扫码枪扫一下。", "Ask for the voucher's QR code and scan it."),
  picture: t("用截图或照片", "Use a screenshot or photo"),
  asking: t("正在核销", "Redeeming"),
  askingHow: t("正在等中心回应，请稍候，不用再扫。", "Waiting for the hub. One moment; do not scan again."),
  connecting: t("正在连接", "Connecting"),
  connectingHow: t("正在连接本机的核销服务。", "Connecting to the agent on this PC."),
  retrying: t("正在自动重试", "Trying again by itself"),
  pay: t("应收", "To pay"),
  bill: t("本单金额", "Bill"),
  off: t("券减", "Voucher"),
  typed: t("手工输入", "typed"),
  pos: t("来自收银系统", "from the POS"),
  display: t("来自客显", "from the display"),
  clear: t("清除", "Clear"),
  enter: t("确定", "OK"),
  other: t("English", "中文"),
  last: t("上一单", "Last sale"),
  tapAway: t("按回车、点一下屏幕或直接扫下一张", "Press Enter, tap the screen, or scan the next"),
  noted: t("知道了", "OK"),
  undo: t("撤销这一单", "Void this sale"),
  undoSure: t("要撤销这一单吗？", "Void this sale?"),
  undoYes: t("确定撤销", "Yes, void it"),
  undoNo: t("不撤销", "No, keep it"),
  undoing: t("正在撤销…", "Voiding…"),
  voided: t("已撤销", "Voided"),
  notVoid: t("没有撤销", "Not voided"),
  print: t("打印小票", "Print the slip"),
  printing: t("正在打印…", "Printing…"),
  printAgain: t("已打印，补打", "Printed; again"),
  printTrouble: t("不知道小票有没有打出来；没有就再打印一次，会标“补打”。", "It is not known whether the slip was printed; if not, print it again, and it says COPY."),
  hub: t("中心", "Hub"),
  online: t("在线", "online"),
  offline: t("连不上", "no line"),
  never: t("还没有连上", "not yet connected"),
  scanner: t("扫码枪", "Scanner"),
  connected: t("已接好", "connected"),
  notConnected: t("没有接好", "not connected"),
  keyboard: t("用键盘口", "as keyboard"),
  queue: t("待报中心", "To report"),
  none: t("没有", "none"),
  lease: t("离线额度", "Offline limit"),
  till: t("终端", "Till"),
  notices: t("提醒", "Notices"),
  quiet: t("声音还没有打开：点一下屏幕或按任意键。", "Sound is not on yet: tap the screen or press any key."),

  sale: t("收款", "Sale"),
  list: t("当日清单", "Today"),
  shift: t("交班", "Shift"),
  practice: t("练习", "Practice"),
  settings: t("设置", "Settings"),
  back: t("回到收款", "Back to the sale"),

  billTrouble: t("金额没有记下，请重新输入。", "The amount was not taken; enter it again."),
  scanTrouble: t("这一扫没有送到，请再扫一次。", "That scan did not get through; scan again."),
  pictureTrouble: t("图片没有送到，请再试一次。", "The picture did not get through; try again."),
  onePicture: t("一次只能用一张图片，都没有采用。请只给一张。", "One picture is used at a time, and none of these was. Give just one."),
  undoTrouble: t("不知道有没有撤销，请在当日清单里核对。", "It is not known whether it was voided; look at the day's list."),
  undoRefused: t("没有撤销。", "It was not voided."),
  notRead: t("没有读到。", "It could not be read."),
  pasteBad: t("粘贴的不是金额，没有采用。", "What was pasted is not an amount and was not taken."),

  search: t("查找", "Search"),
  searchHow: t("编号、券号、单号末几位，或金额", "end of a number, or an amount"),
  earlierDay: t("前一天", "Day before"),
  laterDay: t("后一天", "Day after"),
  noLines: t("这一天没有核销。", "Nothing was redeemed on this day."),
  noMatch: t("没有符合的。", "Nothing matches."),
  time: t("时间", "Time"),
  number: t("核销编号", "Number"),
  state: t("状态", "State"),
  choose: t("点一行，或用上下键选一行，可以撤销或打印。", "Tap a line, or choose one with the arrow keys, to void or print it."),

  shiftNo: t("班次", "Shift"),
  standing: t("应有（抽屉里的券面合计）", "Standing (what the drawer must show)"),
  isFinal: t("其中已确认", "of it confirmed"),
  isProvisional: t("其中待确认", "of it not yet confirmed"),
  isVoided: t("已撤销", "voided"),
  isDisputed: t("待处理", "in dispute"),
  tier: t("券种", "Kind of voucher"),
  count: t("笔数", "Count"),
  face: t("券面", "Off"),
  close: t("交班", "Close the shift"),
  closeSure: t("要结束这一班吗？之后的核销算下一班。", "Close this shift? Later sales belong to the next."),
  closeYes: t("确定交班", "Yes, close it"),
  closeNo: t("先不交班", "Not yet"),
  closed: t("已交班", "Closed"),
  running: t("当班", "running"),
  earlier: t("以前的班次", "Earlier shifts"),
  thisShift: t("看当班", "The running shift"),
  closeTrouble: t("不知道有没有交班，请看以前的班次。", "It is not known whether it was closed; look at the earlier shifts."),

  practiceBanner: t("练习中：不会核销任何券", "Practice: nothing is redeemed"),
  practiceWhat: t("练习时可以随便扫、随便按：不动名额，不报中心。十分钟不扫就自动结束。", "In practice scan and press whatever you like: no stock is touched and the hub hears nothing. It ends by itself after ten minutes without a scan."),
  practiceStart: t("开始练习", "Begin to practise"),
  practiceEnd: t("结束练习", "End practice"),
  practiceTry: t("先输入金额，再试一张：", "Enter an amount, then try one:"),
  practiceOff: t("技术员关掉了练习。", "The technician has switched practice off."),
  goodOne: t("好券", "Good voucher"),
  offlineOne: t("断网时的券", "With the line down"),
  usedOne: t("用过的券", "Used voucher"),
  expiredOne: t("过期的券", "Expired voucher"),
  damagedOne: t("没扫完整", "Damaged scan"),

  pinAsk: t("技术员请输入 PIN", "Technician: enter the PIN"),
  pinHow: t("6 到 12 位数字，用右边或键盘输入，再按确定。", "6 to 12 digits, on the right or on the keyboard, then OK."),
  pinNone: t("还没有 PIN。请在这台电脑上运行 hexiao-agent pin 设一个。", "There is no PIN yet. Set one on this PC with: hexiao-agent pin"),
  pinChange: t("换 PIN", "Change the PIN"),
  pinNext: t("请输入新的 PIN", "Enter the new PIN"),
  pinAgain: t("请再输入一次新的 PIN", "Enter the new PIN once more"),
  pinDiffers: t("两次不一样，PIN 没有换。", "The two differ; the PIN was not changed."),
  pinChanged: t("PIN 已换。", "The PIN was changed."),
  language: t("开机语言", "Language to begin with"),
  volume: t("音量", "Volume"),
  speech: t("朗读结果", "Speak the answers"),
  textSize: t("字号", "Text size"),
  fullScreen: t("窗口全屏", "Windows fill the screen"),
  mayPractise: t("允许练习", "Cashiers may practise"),
  on: t("开", "on"),
  isOff: t("关", "off"),
  save: t("保存", "Save"),
  saved: t("已保存。", "Saved."),

  tokenAsk: t("请输入口令", "Enter the token"),
  tokenWhere: t("口令在这台电脑核销服务的数据目录里，文件名 desk.token（Linux：/var/lib/hexiao-agent/desk.token）。把里面的一行粘贴到这里。",
    "The token stands in the data folder of the agent on this PC, in the file desk.token (on Linux /var/lib/hexiao-agent/desk.token). Paste its one line here."),
  tokenWrong: t("口令不对。", "The token is wrong."),
  tokenUse: t("使用", "Use it"),
};

// yuan shows fen as ui.Yuan does: English parts thousands, Chinese does not.
export function yuan(fen, lang) {
  const whole = String(Math.trunc(Math.abs(fen) / 100));
  const said = lang === "zh" ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (fen < 0 ? "-" : "") + "¥" + said + "." + String(Math.abs(fen) % 100 + 100).slice(1);
}

// clock tells an RFC 3339 instant in the zone that it is written in, as short as it is plain on the day of now.
export function clock(at, now) {
  const [day, time] = [at.slice(0, 10), at.slice(11, 16)];
  return now.slice(0, 10) === day ? time : day.slice(5) + " " + time;
}

// inZone writes an instant in the zone of another RFC 3339 instant ("...+08:00"); Beijing's where none is known.
export function inZone(ms, like) {
  const found = /([+-])(\d\d):(\d\d)$/.exec(like || "") || ["+08:00", "+", "08", "00"];
  const shift = (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60000;
  return new Date(ms + shift).toISOString().slice(0, 19) + found[0];
}

export const isZero = (at) => !at || at.startsWith("0001-01-01");

export const counted = {
  records: (n, lang) => (lang === "zh" ? n + " 笔" : n === 1 ? "1 sale" : n + " sales"),
  notices: (n, lang) => (lang === "zh" ? n + " 条" : n === 1 ? "1 notice" : n + " notices"),
  more: (n, lang) => (lang === "zh" ? "还有 " + n + " 条提醒" : n + " more"),
  inAll: (n, lang) => (lang === "zh" ? "共 " + n + " 条" : n + " in all"),
  hidden: (n, lang) => (lang === "zh" ? "还有 " + n + " 笔，请用查找。" : n + " more; use the search."),
  scanners: (n, how, lang) => (lang === "zh" ? n + " 把" + how.zh : n + " " + how.en),
  since: (at, lang) => (lang === "zh" ? at + " 起" : "since " + at),
  until: (at, lang) => (lang === "zh" ? "到 " + at : "until " + at),
  away: (n, lang) => (lang === "zh" ? "已断开 " + n + " 秒" : "away for " + n + " s"),
};
