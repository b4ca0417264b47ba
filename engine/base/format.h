// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <string>

/// Figures as people read them, in events, decisions, errors and on the terminal: at most three digits that count, and
/// a unit after a space. Pure. Thread: any.
namespace millrace {

/// "12 %", "0.4 ms": with `decimals` digits after the point. Bound: 63 bytes.
std::string formatFigure(double number, int decimals, const char* unit);
/// "812 B", "1.5 KiB", "48 MiB": 1024 each step.
std::string formatBytes(double bytes);
/// "0 %", "0.04 %", "4.2 %", "72 %", "99.5 %", "99.95 %", "100 %", of a share from 0 to 1: one decimal below 10 and
/// from 99.5 on; as many as it takes, up to two, so that only nothing is 0 % and only all of it 100 %; beyond that
/// "< 0.01 %" and "> 99.99 %".
std::string formatPercent(double share);
/// "0.42 ms", "9.5 ms", "38 ms", "4.8 s", "35 s", "5 min", "3.5 h".
std::string formatMs(double ms);
inline std::string formatMs(Duration span)
{
    return formatMs(toMs(span));
}

}  // namespace millrace
