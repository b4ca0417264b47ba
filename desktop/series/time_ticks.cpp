// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_ticks.h"

#include "format/numbers.h"

#include <QtCore/QDateTime>

#include <array>

namespace millrace::desktop {
namespace {

constexpr qint64 kSecond = 1000;
constexpr qint64 kMinute = 60 * kSecond;
constexpr qint64 kHour = 60 * kMinute;
constexpr qint64 kDay = 24 * kHour;
constexpr std::array<qint64, 21> kSteps = {
    1 * kSecond, 2 * kSecond, 5 * kSecond, 10 * kSecond, 15 * kSecond, 30 * kSecond, 1 * kMinute,
    2 * kMinute, 3 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, 1 * kHour,
    2 * kHour,   4 * kHour,   6 * kHour,   12 * kHour,   1 * kDay,     2 * kDay,     5 * kDay};
constexpr qint64 kTicksMost = 6;

QString textAt(qint64 when, qint64 step)
{
    if (step >= kDay) return format::day(when);
    return step >= kMinute ? format::clockMinutes(when) : format::clock(when);
}

}  // namespace

qint64 timeStep(qint64 lengthMs)
{
    for (const qint64 step : kSteps) {
        if (lengthMs / step <= kTicksMost) return step;
    }
    return kSteps.back();
}

QList<TimeTick> timeTicks(const TimeSpan& span, bool relative)
{
    QList<TimeTick> out;
    const qint64 length = span.lengthMs();
    if (length <= 0) return out;
    const qint64 step = timeStep(length);
    const auto place = [&](qint64 when) {
        return static_cast<double>(when - span.beginMs) / static_cast<double>(length);
    };
    if (relative) {
        for (qint64 back = length / step * step; back >= 0; back -= step)
            out.append({place(span.endMs - back), format::timeBack(back, step)});
        return out;
    }
    // Round on the clock on the wall, not on that of Greenwich.
    const qint64 zone = QDateTime::fromMSecsSinceEpoch(span.endMs).offsetFromUtc() * kSecond;
    for (qint64 local = (span.beginMs + zone + step - 1) / step * step; local - zone <= span.endMs; local += step)
        out.append({place(local - zone), textAt(local - zone, step)});
    return out;
}

}  // namespace millrace::desktop
