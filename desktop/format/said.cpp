// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/said.h"

#include "format/event_words.h"
#include "format/numbers.h"
#include "format/translation.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRegularExpression>

#include <algorithm>
#include <optional>

namespace millrace::desktop::format {
namespace {

namespace v1 = millrace::control::v1;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Phrases)
};

QString figure(double number, v1::ValueUnit unit)
{
    const int whole = static_cast<int>(std::clamp(number, -2e9, 2e9));
    switch (unit) {
        case v1::VALUE_UNIT_SHARE:
            return share(number);
        case v1::VALUE_UNIT_MILLISECONDS:
            return milliseconds(number);
        case v1::VALUE_UNIT_BYTES:
            return bytes(number);
        case v1::VALUE_UNIT_ROWS:
            return Words::tr("%Ln row(s)", nullptr, whole);
        case v1::VALUE_UNIT_REQUESTS:
            return Words::tr("%Ln request(s)", nullptr, whole);
        case v1::VALUE_UNIT_BATCHES:
            return Words::tr("%Ln batch(es)", nullptr, whole);
        case v1::VALUE_UNIT_MODELS:
            return Words::tr("%Ln model(s)", nullptr, whole);
        case v1::VALUE_UNIT_CONNECTIONS:
            return Words::tr("%Ln connection(s)", nullptr, whole);
        case v1::VALUE_UNIT_FAILURES:
            return Words::tr("%Ln failure(s)", nullptr, whole);
        case v1::VALUE_UNIT_TIMES:
            return Words::tr("%Ln time(s)", nullptr, whole);
        case v1::VALUE_UNIT_EVENTS:
            return Words::tr("%Ln event(s)", nullptr, whole);
        case v1::VALUE_UNIT_STREAMS:
            return Words::tr("%Ln stream(s)", nullptr, whole);
        case v1::VALUE_UNIT_COUNT:
        case v1::ValueUnit_INT_MIN_SENTINEL_DO_NOT_USE_:
        case v1::ValueUnit_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return count(number);  // also of a unit that only a newer engine knows
}

std::optional<QString> worded(const v1::Sentence& sentence);

/// What a setting must be: the engine writes these numbers as the configuration does. What it is stays as it was typed.
bool isNumberAsText(v1::Phrase phrase, int place)
{
    return place == 1 && (phrase == v1::PHRASE_AMOUNT || phrase == v1::PHRASE_AT_LEAST ||
                          phrase == v1::PHRASE_AT_MOST || phrase == v1::PHRASE_SETTING_MUST_BE);
}

QString inNotation(const QString& text)
{
    // No part of a word, a path or an address.
    static const QRegularExpression number(QStringLiteral("(?<![\\w.,:/])(\\d{1,15})(?:\\.(\\d+))?(?![\\w.,:/])"));
    QString out;
    qsizetype done = 0;
    for (auto found = number.globalMatch(text); found.hasNext();) {
        const auto match = found.next();
        out += text.mid(done, match.capturedStart() - done) + count(match.captured(1).toDouble());
        if (match.hasCaptured(2)) out += locale().decimalPoint() + match.captured(2);
        done = match.capturedEnd();
    }
    return out + text.mid(done);
}

QString valueText(const v1::SentenceValue& value)
{
    switch (value.value_case()) {
        case v1::SentenceValue::kNumber:
            return figure(value.number(), value.unit());
        case v1::SentenceValue::kName:
            return QString::fromStdString(value.name()).simplified();  // a sentence is one line, and elided as one
        case v1::SentenceValue::kQuote:
            return quoted(QString::fromStdString(value.quote()));
        case v1::SentenceValue::kSentence:
            return worded(value.sentence()).value_or(kNone);
        case v1::SentenceValue::VALUE_NOT_SET:
            break;
    }
    return kNone;
}

/// None: no phrase, or one that is not known here.
std::optional<QString> worded(const v1::Sentence& sentence)
{
    const auto* phrase = v1::Phrase_descriptor()->FindValueByNumber(sentence.phrase());
    if (!phrase || !phrase->options().HasExtension(v1::english)) return std::nullopt;
    const QString form = translatedPhrase(phrase->options().GetExtension(v1::english));
    // Not QString::arg(): a value may contain "%1" itself.
    QString out;
    for (qsizetype i = 0; i < form.size(); ++i) {
        const int place = form[i] == u'%' && i + 1 < form.size() ? form[i + 1].digitValue() : -1;
        if (place < 1) {
            out += form[i];
            continue;
        }
        ++i;
        if (place > sentence.values_size()) continue;
        const bool unit = sentence.phrase() == v1::PHRASE_AMOUNT && place == 2;
        const QString text =
            unit ? translatedSetting(sentence.values(1).name()) : valueText(sentence.values(place - 1));
        const bool written = sentence.values(place - 1).has_name() && isNumberAsText(sentence.phrase(), place);
        out += written ? inNotation(text) : text;
    }
    return out;
}

}  // namespace

QString said(const v1::Sentence& sentence, const std::string& english)
{
    if (const auto words = worded(sentence)) return *words;
    return quoted(QString::fromStdString(english));
}

QString saidShortly(const v1::Sentence& sentence, const std::string& english)
{
    const auto words = worded(sentence);
    return words ? words->section(QStringLiteral(": "), 0, 0) : quoted(QString::fromStdString(english));
}

}  // namespace millrace::desktop::format
