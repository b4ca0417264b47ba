// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/setting_text.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/numbers.h"
#include "format/translation.h"

#include <QtCore/QCoreApplication>

#include <cmath>

namespace millrace::desktop::setting_text {
namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(SettingText)
};

bool isNumeric(const Schema& setting)
{
    return setting.type() == config::v1::SETTING_TYPE_INTEGER || setting.type() == config::v1::SETTING_TYPE_NUMBER;
}

/// A step of a unit and its name; values come out without a fraction, or not at all.
struct Step {
    double size;
    const char* name;
};

QString inSteps(double value, std::initializer_list<Step> steps)
{
    for (const Step& step : steps) {
        const double count = value / step.size;
        if (count < 1) continue;
        // 1.5 GiB says more than 1,610,612,736; 1.4901 GiB does not.
        const double halves = count * 2;
        if (halves != static_cast<double>(static_cast<long long>(halves))) continue;
        return format::count(count) + QChar(0x00A0) + QString::fromUtf8(step.name);
    }
    return {};
}

QString withUnit(const Schema& setting, const QString& number)
{
    return setting.unit().empty() ? number : number + QChar(0x00A0) + translatedSetting(setting.unit());
}

}  // namespace

QString grouped(const Schema& setting, const QString& text)
{
    if (!isNumeric(setting)) return text;
    bool whole = false;
    const qulonglong number = text.toULongLong(&whole);
    if (whole) return format::count(static_cast<double>(number));
    return typed(setting, text);
}

QString typed(const Schema& setting, const QString& text)
{
    if (!isNumeric(setting)) return text;
    bool decimal = false;
    text.toDouble(&decimal);
    return decimal ? QString(text).replace(u'.', format::locale().decimalPoint()) : text;
}

QString ungrouped(const Schema& setting, const QString& text)
{
    if (!isNumeric(setting)) return text;
    QString out = text.trimmed();
    QList<QChar> separators{u'\'', QChar(0x00A0), QChar(0x202F), u' '};
    const bool comma = format::locale().decimalPoint() == u",";
    if (!comma) separators.append(u',');
    // "1.500" of a number that may have decimals is one and a half: so the engine writes it.
    if (comma && setting.type() == config::v1::SETTING_TYPE_INTEGER) separators.append(u'.');
    for (const QChar separator : std::as_const(separators)) {
        // Only between digits: "10 MiB" and "1,5" stay what they are, and the engine says what it makes of them.
        for (qsizetype at = out.indexOf(separator); at > 0; at = out.indexOf(separator, at + 1)) {
            const bool group = out.at(at - 1).isDigit() && at + 3 < out.size() && out.at(at + 1).isDigit() &&
                               out.at(at + 2).isDigit() && out.at(at + 3).isDigit() &&
                               (at + 4 == out.size() || !out.at(at + 4).isDigit());
            if (group) out.remove(at--, 1);
        }
    }
    if (const qsizetype at = out.indexOf(u','); comma && setting.type() == config::v1::SETTING_TYPE_NUMBER && at > 0 &&
                                                at + 1 < out.size() && out.at(at - 1).isDigit() &&
                                                out.at(at + 1).isDigit())
        out[at] = u'.';
    return out;
}

QString shown(const Schema& setting, const QString& text)
{
    if (text.isEmpty()) return format::kNone;
    if (setting.type() == config::v1::SETTING_TYPE_SWITCH) return text == u"true" ? Words::tr("on") : Words::tr("off");
    if (!isNumeric(setting)) return text;
    bool number = false;
    text.toDouble(&number);
    if (!number) return text;
    const QString words = inWords(setting, text);
    return words.isEmpty() ? withUnit(setting, grouped(setting, text)) : words;
}

QString range(const Schema& setting)
{
    const auto bound = [&](double value, bool alone) {
        const QString words = inWords(setting, QString::number(value, 'f', 0));
        if (!words.isEmpty()) return words;
        const QString text = format::number(value, value == std::floor(value) ? 0 : 1);
        return alone ? withUnit(setting, text) : text;
    };
    if (setting.has_min() && setting.has_max()) {
        const QString most = bound(setting.max(), true);
        // "0 ms – 10 s", where the two ends are said in different units.
        const bool mixed = !inWords(setting, QString::number(setting.max(), 'f', 0)).isEmpty();
        return QStringLiteral("%1 – %2").arg(bound(setting.min(), mixed), most);
    }
    if (setting.has_min()) return Words::tr("at least %1").arg(bound(setting.min(), true));
    if (setting.has_max()) return Words::tr("at most %1").arg(bound(setting.max(), true));
    return {};
}

QString inWords(const Schema& setting, const QString& text)
{
    bool number = false;
    const double value = text.toDouble(&number);
    if (!number) return {};
    if (setting.unit() == "bytes") {
        constexpr double kKib = 1024;
        return inSteps(
            value,
            {{kKib * kKib * kKib * kKib, "TiB"}, {kKib * kKib * kKib, "GiB"}, {kKib * kKib, "MiB"}, {kKib, "KiB"}});
    }
    if (setting.unit() == "ms" && value >= 10'000) {
        return inSteps(value, {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1000, "s"}});
    }
    return {};
}

QString effect(config::v1::Effect effect)
{
    switch (effect) {
        case config::v1::EFFECT_LIVE:
            return Words::tr("at once");
        case config::v1::EFFECT_NEXT_REQUEST:
            return Words::tr("next request");
        case config::v1::EFFECT_NEXT_BATCH:
            return Words::tr("next batch");
        case config::v1::EFFECT_NEW_CONNECTIONS:
            return Words::tr("new connections");
        case config::v1::EFFECT_RESTART:
            return Words::tr("after a restart");
        case config::v1::Effect_INT_MIN_SENTINEL_DO_NOT_USE_:
        case config::v1::Effect_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return format::unknownText(effect);
}

}  // namespace millrace::desktop::setting_text
