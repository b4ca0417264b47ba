// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <optional>

/// Numbers for display: units, thousands separators, a sensible precision, and "–" for missing values. The table in
/// tests/desktop/tst_format.cpp defines the results. Thread: GUI. Depends on setLocale() only.
namespace millrace::desktop::format {

/// What a series measures, which determines the format of its values.
enum class Unit { Count, PerSecond, Milliseconds, Bytes, BytesPerSecond, Share, Ratio, Rows, Cores };

/// A value and its unit, for different font sizes.
struct Figure {
    QString value;
    QString unit;
    bool operator==(const Figure&) const = default;
};

/// The unit of a series; see series_words.h for its title and help.
Unit unitOf(const QString& series);

inline const QString kNone = QStringLiteral("–");

/// Digit grouping and decimal separator: those of the console's language, not of the desktop's region, so that numbers
/// are consistent with the text. English (United States) by default.
void setLocale(const QLocale& locale);
const QLocale& locale();

Figure figure(std::optional<double> value, Unit unit);
QString text(std::optional<double> value, Unit unit);  ///< "8.1 ms", "99.4 %", "–"

QString difference(double value, Unit unit);  ///< "+3.2 ms", "−12", "±0"; of shares in points: "+1.4 %"

QString count(double value);                   ///< "12,480"
QString number(double value, int decimals);    ///< "1,234.5"
QString milliseconds(double value);            ///< "47 µs", "0.82 ms", "640 ms", "1.9 s", "3 min", "3.5 h"
QString bytes(double value);                   ///< "812 B", "3.1 MiB": 1024 each step
QString bytesOf(double part, double whole);    ///< "3.1 of 10 MiB", "0 of 10 MiB": in the unit of the whole
QString share(double value);                   ///< 0.994 -> "99.4 %"
QString span(qint64 ms);                       ///< "3 h 12 m", "4 m 10 s", "38 s"
QString ago(qint64 ms);                        ///< "now", "38 s ago", "4 min ago"
inline constexpr qint64 kAgoLeastMs = 10'000;  ///< below this, agoRounded() is "now"
QString agoRounded(qint64 ms);                 ///< the same in steps of ten seconds below a minute: changes seldom
QString clock(qint64 unixMs);                  ///< local "14:02:31"
QString clockTenths(qint64 unixMs);            ///< local "14:02:31.4"
QString dayClockTenths(qint64 unixMs, qint64 nowMs);  ///< with "28 Nov " before it when that is not today
bool isSameDay(qint64 unixMs, qint64 otherMs);        ///< of the local calendar
QString dayClockMillis(qint64 unixMs, qint64 nowMs);  ///< "14:02:31.407", with its day as well
QString axis(double value, Unit unit);                ///< "12k", "4 ms", "95 %"
QString clockMinutes(qint64 unixMs);                  ///< local "14:02"
QString day(qint64 unixMs);                           ///< local "28 Nov" ("28. Nov.")
QString moment(qint64 unixMs, qint64 nowMs);  ///< "14:02:31", with its day where that is not today: "27 Nov 14:02"
/// Axis of time, counted back from now in steps: "-5 m", "-30 s", "now". All words of an axis have one unit.
QString timeBack(qint64 ms, qint64 stepMs);
QString csvCell(const QString& text);  ///< quoted where RFC 4180 requires it

}  // namespace millrace::desktop::format
