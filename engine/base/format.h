// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

/// Numbers for people, in events, decisions, errors and on the terminal: about three significant digits, and the unit
/// after a space. Not for JSON or metrics, which take plain numbers. Pure. Thread: any.
namespace millrace {

/// "12 %", "0.4 ms": fixed point with `decimals` digits. Bound: 63 bytes, the rest is cut.
std::string formatFigure(double number, int decimals, const char* unit);
/// "1 pause", "3 pauses".
std::string formatCount(std::uint64_t count, const char* singular, const char* plural);
/// "812 B", "1.5 KiB", "48 MiB": powers of 1024.
std::string formatBytes(double bytes);
/// `share` from 0 to 1: "0 %", "0.04 %", "4.2 %", "72 %", "99.5 %", "99.95 %", "100 %". One decimal below 10 and from
/// 99.5 on, a second one where it takes that to tell the value from 0 % or 100 %; beyond it "< 0.01 %" and "> 99.99 %".
std::string formatPercent(double share);
/// `ms` in milliseconds: "0.42 ms", "9.5 ms", "38 ms", "4.8 s", "35 s", "5 min", "3.5 h".
std::string formatMs(double ms);
inline std::string formatMs(Duration span)
{
    return formatMs(toMs(span));
}

}  // namespace millrace
