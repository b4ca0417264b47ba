// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <optional>

/// Numbers as people read them: units, thousands separators, a sensible precision, and "–" for what was not measured.
/// Pure functions; a table of rows in tests/desktop/tst_format.cpp is their contract.
namespace millrace::desktop::format {

/// What a series measures, and so how its values are written.
enum class Unit { Count, PerSecond, Milliseconds, Bytes, BytesPerSecond, Share, Ratio, Rows, Cores };

/// A value apart from its unit, so that the one can be set larger than the other.
struct Figure {
    QString value;
    QString unit;
    bool operator==(const Figure&) const = default;
};

/// Of a series by its name; series_words.h has the rest of what is said of it.
Unit unitOf(const QString& series);

inline const QString kNone = QStringLiteral("–");

/// How digits are grouped and which mark stands before decimals: that of the language of the console, not of the
/// desktop's region, so that a figure is written in one way everywhere. English (United States) until it is set.
void setLocale(const QLocale& locale);
const QLocale& locale();

Figure figure(std::optional<double> value, Unit unit);
QString text(std::optional<double> value, Unit unit);  ///< "8.1 ms", "99.4 %", "–"

QString difference(double value, Unit unit);  ///< "+3.2 ms", "−12", "±0"; of shares in points: "+1.4 %"

QString count(double value);                 ///< "12,480"
QString number(double value, int decimals);  ///< "1,234.5"
QString milliseconds(double value);          ///< "47 µs", "0.82 ms", "640 ms", "1.9 s", "3 min", "3.5 h"
QString bytes(double value);                 ///< "812 B", "3.1 MiB": 1024 each step
QString bytesOf(double part, double whole);  ///< "3.1 of 10 MiB", "0 of 10 MiB": in the unit of the whole
QString share(double value);                 ///< 0.994 -> "99.4 %"
QString span(qint64 ms);                     ///< "3 h 12 m", "4 m 10 s", "38 s"
QString ago(qint64 ms);                      ///< "now", "38 s ago", "4 min ago"
QString agoRounded(qint64 ms);               ///< the same in steps of ten seconds below a minute: changes seldom
QString clock(qint64 unixMs);                ///< local "14:02:31"
QString clockTenths(qint64 unixMs);          ///< local "14:02:31.4"
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
