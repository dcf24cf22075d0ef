package printer

import (
	"errors"
	"fmt"

	"hexiao/drivers"
)

// Failure is why a page is not on paper.
type Failure struct {
	drivers.Problem
	Perhaps bool // the printer took all of it: it may come out all the same, now or when the trouble is seen to
}

// Error implements error.
func (f Failure) Error() string { return f.EN }

// Unwrap lets errors.As find the Problem.
func (f Failure) Unwrap() error { return f.Problem }

func missing(place string) drivers.Problem {
	return drivers.NewProblem("missing", place, "没有找到打印机 %s：请检查数据线是否插好、打印机是否开机", "Printer %s was not found: check that its cable is plugged in and that it is switched on")
}

func busy(place string) drivers.Problem {
	return drivers.NewProblem("busy", place, "打印机 %s 正被其他程序占用：等它打完再打印；一直这样，请关闭占用它的程序", "Printer %s is in use by another program: print again when that is done; if it stays so, close that program")
}

func noPaper(place string) drivers.Problem {
	return drivers.NewProblem("no_paper", place, "打印机 %s 缺纸：请换上纸卷、合上盖子，再打印", "Printer %s is out of paper: put in a roll, close the cover and print again")
}

func coverOpen(place string) drivers.Problem {
	return drivers.NewProblem("cover_open", place, "打印机 %s 的盖子开着：请合上盖子，再打印", "The cover of printer %s is open: close it and print again")
}

func jammed(place string) drivers.Problem {
	return drivers.NewProblem("failed", place, "打印机 %s 报故障（切刀卡住或打印头过热）：请关机，取出卡住的纸，再开机打印", "Printer %s reports a fault (knife jammed or head too hot): switch it off, take out what is jammed, switch it on and print again")
}

func isOffline(place string) drivers.Problem {
	return drivers.NewProblem("offline", place, "打印机 %s 处于脱机状态：请按它的联机键或走纸键，或关机再开机", "Printer %s is offline: press its online or feed button, or switch it off and on")
}

func stuck(place string) drivers.Problem {
	return drivers.NewProblem("stuck", place, "打印机 %s 一直不收数据：请检查纸、盖子和开关，必要时关机再开机，再打印", "Printer %s takes no data: check paper, cover and switch, if need be switch it off and on, and print again")
}

func unreachable(place string) drivers.Problem {
	return drivers.NewProblem("unreachable", place, "连不上打印机 %s：请检查它是否开机、网线是否插好，以及地址和端口对不对", "Printer %s cannot be reached: check that it is on, its network cable, and that address and port are right")
}

func lost(place string) drivers.Problem {
	return drivers.NewProblem("lost", place, "打印途中与打印机 %s 的连接断开：请检查数据线和电源，再打印", "The connection to printer %s was lost while printing: check cable and power, and print again")
}

func notAPrinter(place string) drivers.Problem {
	return drivers.NewProblem("not_a_printer", place, "%s 不是打印机：请核对配置中 [printer] 的 to", "%s is no printer: check `to` in [printer] of the settings")
}

func waiting(place string) drivers.Problem {
	return drivers.NewProblem("busy", place, "打印机 %s 前面还有小票没打完：请稍等再打印", "Printer %s still has slips to print: wait a little and print again")
}

func ending(place string) drivers.Problem {
	return drivers.NewProblem("ended", place, "服务正在停止，没有在 %s 上打印：重新启动后再打印", "The agent is stopping, and nothing was printed on %s: print again when it is back")
}

// problemOf finds the Problem in an error, in a printer's words where drivers say it of scanners, or makes one of it.
func problemOf(place string, err error) drivers.Problem {
	var p drivers.Problem
	if !errors.As(err, &p) {
		return drivers.Problem{
			Code: "failed",
			ZH:   fmt.Sprintf("打印机 %s 出错（%v）：请关机再开机，再打印；仍不行请联系技术人员", place, err),
			EN:   fmt.Sprintf("Printer %s failed (%v): switch it off and on and print again; if that does not help, call the technician", place, err),
		}
	}
	switch p.Code {
	case "missing":
		return missing(place)
	case "busy":
		return busy(place)
	case "lost":
		return lost(place)
	case "stuck":
		return stuck(place)
	case "not_a_scanner":
		return notAPrinter(place)
	}
	return p
}
