// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/numbers.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QLocale>

#include <cmath>

namespace millrace::desktop::format {
namespace {

QLocale g_locale(QLocale::English, QLocale::UnitedStates);

// Three significant digits or so, without trailing noise: 0.42, 8.1, 41, 640.
int decimalsFor(double magnitude)
{
    if (magnitude >= 100) return 0;
    if (magnitude >= 10) return 0;
    if (magnitude >= 1) return 1;
    if (magnitude == 0) return 0;
    return 2;
}

constexpr const char* kByteUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};

/// How often a number of bytes is divided by 1024 until it is short.
int byteStep(double value)
{
    int step = 0;
    for (double magnitude = std::abs(value); magnitude >= 999.5 && step < 4; magnitude /= 1024) ++step;
    return step;
}

Figure scaledBytes(double value, const QString& suffix)
{
    const int step = byteStep(value);
    const double magnitude = std::abs(value) / std::pow(1024.0, step);
    const bool whole = magnitude == std::floor(magnitude);  // not measured but set: a limit of 4 GiB
    const int decimals = step > 0 && magnitude < 9.95 && !whole ? 1 : 0;
    return {locale().toString(value < 0 ? -magnitude : magnitude, 'f', decimals),
            QString::fromLatin1(kByteUnits[step]) + suffix};
}

Figure scaledMilliseconds(double value)
{
    struct Step {
        double below;  // in milliseconds
        double size;
        const char* unit;
        double decimalsBelow;  // in the unit itself
    };
    // Each unit ends where the next says the same with fewer digits, and nothing is rounded up to "1000 ms".
    static constexpr Step kSteps[] = {
        {0.0995, 0.001, "µs", 9.95},
        {0.995, 1, "ms", 0},
        {999.5, 1, "ms", 19.95},
        {119'500, 1000, "s", 9.95},
        {119.5 * 60'000, 60'000, "min", 0},
        {47.95 * 3'600'000, 3'600'000, "h", 9.95},
    };
    const double magnitude = std::abs(value);
    if (magnitude == 0) return {locale().toString(0), QStringLiteral("ms")};
    for (const Step& step : kSteps) {
        if (magnitude >= step.below) continue;
        int decimals = magnitude / step.size < step.decimalsBelow ? 1 : step.below < 1 && step.size == 1 ? 2 : 0;
        // What was not measured but set is whole: a goal of 10 ms.
        if (std::fmod(value, step.size) == 0) decimals = 0;
        return {locale().toString(value / step.size, 'f', decimals), QString::fromUtf8(step.unit)};
    }
    return {locale().toString(value / 86'400'000, 'f', magnitude < 9.95 * 86'400'000 ? 1 : 0), QStringLiteral("d")};
}

/// Only nothing is 0 and only all of it 100: as many decimals as that takes, up to two, and beyond that a bound. The
/// same rule as the engine's formatPercent().
QString percent(double value)
{
    const double magnitude = std::abs(value);
    const auto written = [](double number, int decimals) { return locale().toString(number, 'f', decimals); };
    if (magnitude > 0 && magnitude < 0.005) return QStringLiteral("<\u00a0") + written(0.01, 2);
    if (magnitude > 99.995 && magnitude < 100) return QStringLiteral(">\u00a0") + written(99.99, 2);
    if (std::abs(magnitude - std::round(magnitude)) < 1e-9) return written(value, 0);
    if (magnitude < 0.05 || (magnitude >= 99.95 && magnitude < 100)) return written(value, 2);
    const bool whole = std::abs(magnitude - std::round(magnitude)) < 0.005 && magnitude > 0.5 && magnitude < 99.5;
    return written(value, whole ? 0 : 1);
}

QString scaledAxis(double value)
{
    const double magnitude = std::abs(value);
    const auto shorten = [](double v) {
        QString out = locale().toString(v, 'f', 2);
        while (out.endsWith(u'0')) out.chop(1);
        if (out.endsWith(locale().decimalPoint())) out.chop(1);
        return out;
    };
    if (magnitude >= 1e6) return shorten(value / 1e6) + QStringLiteral("M");
    if (magnitude >= 1e3) return shorten(value / 1e3) + QStringLiteral("k");
    return shorten(value);
}

}  // namespace

void setLocale(const QLocale& locale)
{
    g_locale = locale;
    QLocale::setDefault(locale);  // %Ln of plural forms
}

const QLocale& locale()
{
    return g_locale;
}

QString number(double value, int decimals)
{
    return locale().toString(value, 'f', decimals);
}

QString count(double value)
{
    const double magnitude = std::abs(value);
    const bool whole = std::abs(value - std::round(value)) < 1e-9;
    return number(value, whole ? 0 : decimalsFor(magnitude));
}

Figure figure(std::optional<double> value, Unit unit)
{
    const bool measured = value && std::isfinite(*value);
    const double v = measured ? *value : 0;
    switch (unit) {
        case Unit::Count:
            return {measured ? count(v) : kNone, {}};
        case Unit::PerSecond:
            return {measured ? count(v) : kNone, QStringLiteral("/s")};
        case Unit::Rows:
            return {measured ? count(v) : kNone, v == 1 ? QCoreApplication::translate("Format", "row")
                                                        : QCoreApplication::translate("Format", "rows")};
        case Unit::Cores:
            // Of an engine that does a little the tenths would say that it does nothing.
            return {measured ? number(v, v <= 0 || v >= 9.95 ? 0
                                         : v < 0.095         ? 2
                                                             : 1)
                             : kNone,
                    QCoreApplication::translate("Format", "cores")};
        case Unit::Ratio:
            return {measured ? number(v, v < 9.95 ? 1 : 0) : kNone, QStringLiteral("×")};
        case Unit::Share:
            return {measured ? percent(v * 100) : kNone, QStringLiteral("%")};
        case Unit::Milliseconds:
            return measured ? scaledMilliseconds(v) : Figure{kNone, QStringLiteral("ms")};
        case Unit::Bytes:
            return measured ? scaledBytes(v, {}) : Figure{kNone, QStringLiteral("MiB")};
        case Unit::BytesPerSecond:
            return measured ? scaledBytes(v, QStringLiteral("/s")) : Figure{kNone, QStringLiteral("MiB/s")};
    }
    return {kNone, {}};
}

QString text(std::optional<double> value, Unit unit)
{
    const Figure parts = figure(value, unit);
    if (parts.value == kNone) return kNone;
    return parts.unit.isEmpty() ? parts.value : parts.value + QChar(0x00A0) + parts.unit;
}

QString difference(double value, Unit unit)
{
    const Figure parts = figure(std::abs(value), unit);
    const bool none = QString(parts.value).remove(u'0').remove(locale().decimalPoint()).isEmpty();
    const QString sign = none ? QStringLiteral("±") : value < 0 ? QString(QChar(0x2212)) : QStringLiteral("+");
    return sign + parts.value + (parts.unit.isEmpty() ? QString() : QChar(0x00A0) + parts.unit);
}

QString milliseconds(double value)
{
    return text(value, Unit::Milliseconds);
}
QString bytes(double value)
{
    return text(value, Unit::Bytes);
}
QString bytesOf(double part, double whole)
{
    const double held = part / std::pow(1024.0, byteStep(whole));
    return QCoreApplication::translate("Format", "%1 of %2")
        .arg(number(held, held > 0 && held < 9.95 ? 1 : 0), bytes(whole));
}
QString share(double value)
{
    return text(value, Unit::Share);
}

QString span(qint64 ms)
{
    const qint64 seconds = std::max<qint64>(0, ms) / 1000;
    const qint64 minutes = seconds / 60;
    const qint64 hours = minutes / 60;
    const qint64 days = hours / 24;
    if (days > 0) return QCoreApplication::translate("Format", "%1 d %2 h").arg(days).arg(hours % 24);
    if (hours > 0) return QCoreApplication::translate("Format", "%1 h %2 m").arg(hours).arg(minutes % 60);
    if (minutes > 0) return QCoreApplication::translate("Format", "%1 m %2 s").arg(minutes).arg(seconds % 60);
    return QStringLiteral("%1 s").arg(seconds);
}

QString ago(qint64 ms)
{
    if (ms < 1000) return QCoreApplication::translate("Format", "now");
    if (ms < 60'000) return QCoreApplication::translate("Format", "%1 s ago").arg(ms / 1000);
    if (ms < 3'600'000) return QCoreApplication::translate("Format", "%1 min ago").arg(ms / 60'000);
    if (ms < 86'400'000) return QCoreApplication::translate("Format", "%1 h ago").arg(ms / 3'600'000);
    return QCoreApplication::translate("Format", "%1 d ago").arg(ms / 86'400'000);
}

QString agoRounded(qint64 ms)
{
    if (ms < 60'000) ms = ms / kAgoLeastMs * kAgoLeastMs;
    return ago(ms);
}

QString clock(qint64 unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(QStringLiteral("HH:mm:ss"));
}

QString clockTenths(qint64 unixMs)
{
    return clock(unixMs) + locale().decimalPoint() + QString::number((unixMs % 1000) / 100);
}

QString axis(double value, Unit unit)
{
    switch (unit) {
        case Unit::Milliseconds:
            if (value != 0 && std::abs(value) < 0.0995) return scaledAxis(value * 1000) + QStringLiteral(" µs");
            return std::abs(value) >= 1000 ? scaledAxis(value / 1000) + QStringLiteral(" s")
                                           : scaledAxis(value) + QStringLiteral(" ms");
        case Unit::Share:
            return scaledAxis(value * 100) + QStringLiteral("%");
        case Unit::Ratio:
            return scaledAxis(value) + QStringLiteral("×");
        case Unit::Bytes:
        case Unit::BytesPerSecond: {
            if (value == 0) return QStringLiteral("0");
            const double magnitude = std::abs(value);
            int step = 0;
            while (step < 4 && magnitude >= std::pow(1024.0, step + 1)) ++step;
            static const char* const kUnits[] = {" B", " KiB", " MiB", " GiB", " TiB"};
            return scaledAxis(value / std::pow(1024.0, step)) + QString::fromLatin1(kUnits[step]);
        }
        default:
            return scaledAxis(value);
    }
}

QString clockMinutes(qint64 unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(QStringLiteral("HH:mm"));
}

QString day(qint64 unixMs)
{
    return locale().toString(
        QDateTime::fromMSecsSinceEpoch(unixMs).date(),
        QCoreApplication::translate("Format", "d MMM", "day and month, as QLocale::toString takes it"));
}

bool isSameDay(qint64 unixMs, qint64 otherMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).date() == QDateTime::fromMSecsSinceEpoch(otherMs).date();
}

QString moment(qint64 unixMs, qint64 nowMs)
{
    return isSameDay(unixMs, nowMs) ? clock(unixMs) : day(unixMs) + u' ' + clockMinutes(unixMs);
}

QString dayClockTenths(qint64 unixMs, qint64 nowMs)
{
    return isSameDay(unixMs, nowMs) ? clockTenths(unixMs) : day(unixMs) + u' ' + clockTenths(unixMs);
}

QString dayClockMillis(qint64 unixMs, qint64 nowMs)
{
    return (isSameDay(unixMs, nowMs) ? QString() : day(unixMs) + u' ') + clock(unixMs) + locale().decimalPoint() +
           QStringLiteral("%1").arg(unixMs % 1000, 3, 10, QLatin1Char('0'));
}

QString timeBack(qint64 ms, qint64 stepMs)
{
    if (ms <= 0) return QCoreApplication::translate("Format", "now");
    if (stepMs % 86'400'000 == 0) return QCoreApplication::translate("Format", "-%1 d").arg(ms / 86'400'000);
    if (stepMs % 3'600'000 == 0) return QCoreApplication::translate("Format", "-%1 h").arg(ms / 3'600'000);
    if (stepMs % 60'000 == 0) return QCoreApplication::translate("Format", "-%1 m").arg(ms / 60'000);
    return QCoreApplication::translate("Format", "-%1 s").arg(ms / 1000);
}

QString csvCell(const QString& text)
{
    if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n')) return text;
    QString quoted = text;
    quoted.replace(QStringLiteral("\""), QStringLiteral("\"\""));
    return u'"' + quoted + u'"';
}

}  // namespace millrace::desktop::format
