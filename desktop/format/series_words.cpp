// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/series_words.h"

#include "format/enum_words.h"
#include "format/translation.h"
#include "series.pb.h"

#include <QtCore/QHash>

#include <algorithm>

namespace millrace::desktop::format {
namespace {

namespace v1 = millrace::control::v1;

Unit unitOf(v1::SeriesUnit unit)
{
    switch (unit) {
        case v1::SERIES_UNIT_PER_SECOND:
            return Unit::PerSecond;
        case v1::SERIES_UNIT_MILLISECONDS:
            return Unit::Milliseconds;
        case v1::SERIES_UNIT_BYTES:
            return Unit::Bytes;
        case v1::SERIES_UNIT_BYTES_PER_SECOND:
            return Unit::BytesPerSecond;
        case v1::SERIES_UNIT_SHARE:
            return Unit::Share;
        case v1::SERIES_UNIT_ROWS:
            return Unit::Rows;
        case v1::SERIES_UNIT_CORES:
            return Unit::Cores;
        case v1::SERIES_UNIT_RATIO:
            return Unit::Ratio;
        case v1::SERIES_UNIT_COUNT:
            MILLRACE_NEWER_VALUES(SeriesUnit);
    }
    return Unit::Count;
}

QHash<QString, SeriesWords> readWords()
{
    QHash<QString, SeriesWords> all;
    const auto* declared = v1::Series_descriptor();
    for (int i = 0; i < declared->value_count(); ++i) {
        const auto* value = declared->value(i);
        if (!value->options().HasExtension(v1::words)) continue;
        const v1::SeriesWords& from = value->options().GetExtension(v1::words);
        SeriesWords words;
        words.title = translatedSeries(from.title());
        words.help = translatedSeries(from.help());
        words.unit = unitOf(from.unit());
        words.better = from.better() == v1::SERIES_BETTER_MORE ? 1 : from.better() == v1::SERIES_BETTER_LESS ? -1 : 0;
        const QString prefix = QStringLiteral("SERIES_");
        all.insert(QString::fromStdString(value->name()).mid(prefix.size()).toLower(), words);
    }
    return all;
}

/// In the language of the console, anew when that was changed.
const QHash<QString, SeriesWords>& allWords()
{
    static QHash<QString, SeriesWords> all;
    static QLocale spoken;
    if (all.isEmpty() || spoken != locale()) {
        spoken = locale();
        all = readWords();
    }
    return all;
}

}  // namespace

const SeriesWords* seriesWords(const QString& series)
{
    const auto found = allWords().find(series);
    return found == allWords().end() ? nullptr : &*found;
}

QStringList seriesNames()
{
    QStringList names = allWords().keys();
    std::sort(names.begin(), names.end());
    return names;
}

Unit unitOf(const QString& series)
{
    const SeriesWords* words = seriesWords(series);
    return words ? words->unit : Unit::Count;
}

}  // namespace millrace::desktop::format
