// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/nice_scale.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace millrace::desktop {
namespace {

// Each divides into four or five round steps.
constexpr std::array<double, 10> kTops = {1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8};

constexpr std::array<double, 9> kSteps = {1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5};

bool isNearly(double a, double b)
{
    return std::abs(a - b) < 1e-6;
}

bool isNice(double mantissa)
{
    return std::any_of(kSteps.begin(), kSteps.end(), [mantissa](double nice) { return isNearly(mantissa, nice); });
}

/// The largest power of 1024 that is not above `value`; 1 below that.
double unitOf(double value)
{
    double unit = 1;
    while (value >= 1024 * unit) unit *= 1024;
    return unit;
}

}  // namespace

NiceScale::Rounding NiceScale::roundingFor(format::Unit unit)
{
    using format::Unit;
    switch (unit) {
        case Unit::Bytes:
        case Unit::BytesPerSecond:
            return Binary;
        case Unit::Count:
        case Unit::Rows:
            return Whole;
        case Unit::PerSecond:
        case Unit::Milliseconds:
        case Unit::Share:
        case Unit::Ratio:
        case Unit::Cores:
            break;
    }
    return Decimal;
}

double NiceScale::roundUp(double value, Rounding rounding)
{
    if (!(value > 0)) return 1;
    if (rounding == Binary) {
        const double unit = unitOf(value);
        const double round = roundUp(value / unit, value < 1 ? Decimal : Whole);
        return (round < 1000 ? round : 1024) * unit;  // 900 KiB: 1 MiB, not 1000 KiB
    }
    if (rounding == Whole) return std::ceil(roundUp(std::max(1.0, value)) - 1e-9);
    const double base = std::pow(10.0, std::floor(std::log10(value)));
    for (const double top : kTops) {
        if (value <= top * base * (1 + 1e-9)) return top * base;
    }
    return 10 * base;
}

QList<double> NiceScale::ticks(double from, double to, Rounding rounding)
{
    QList<double> out;
    if (!(to > from)) return out;
    if (rounding == Binary) {
        const double unit = unitOf(to);
        // A quarter or a half of a unit is written in the one below: "256 KiB". A tenth would be "307.2 KiB".
        out = ticks(from / unit, to / unit, to / unit > 2 ? Whole : Decimal);
        for (double& tick : out) tick *= unit;
        return out;
    }
    if (rounding == Whole && from == 0) {
        for (const int parts : {4, 5, 3, 2, 1}) {
            const double step = to / parts;
            const double mantissa = step / std::pow(10.0, std::floor(std::log10(step)));
            if (step != std::floor(step) || !isNice(mantissa)) continue;
            for (int i = 0; i <= parts; ++i) out.append(i * step);
            return out;
        }
    }
    // Steps that meet both ends, if there are round ones: of 75 … 100 % the end that counts had no figure. Of a part of
    // an axis the shortest figures, 75, 80, 85 …, first.
    const auto meets = [&](int parts, bool shortest) {
        const double step = (to - from) / parts;
        const double mantissa = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
        const bool nice =
            shortest ? isNearly(mantissa, 1) || isNearly(mantissa, 2) || isNearly(mantissa, 5) : isNice(mantissa);
        return nice && isNearly(from / step, std::round(from / step));
    };
    for (const bool shortest : {true, false}) {
        if (shortest && from <= 0) continue;
        for (const int parts : {4, 5, 3}) {
            if (!meets(parts, shortest)) continue;
            for (int i = 0; i <= parts; ++i) out.append(from + i * (to - from) / parts);
            return out;
        }
    }
    const double rough = (to - from) / 4;
    const double base = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * base;
    for (const double nice : kSteps) {
        if (rough <= nice * base * (1 + 1e-9)) {
            step = nice * base;
            break;
        }
    }
    for (int i = 0; from + i * step <= to + step * 1e-6; ++i) out.append(from + i * step);
    return out;
}

double NiceScale::update(double most, double least, qint64 nowMs, Rounding rounding)
{
    // A little air, so that a line does not run along the frame.
    const double wanted = roundUp(std::max(most * 1.08, least), rounding);
    if (wanted >= top_ || top_ == 0) {
        top_ = wanted;
        smallSinceMs_ = 0;
        return top_;
    }
    if (smallSinceMs_ == 0) smallSinceMs_ = nowMs;
    if (nowMs - smallSinceMs_ >= kShrinkAfterMs) {
        top_ = wanted;
        smallSinceMs_ = 0;
    }
    return top_;
}

}  // namespace millrace::desktop
