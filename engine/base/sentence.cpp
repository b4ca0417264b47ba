// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sentence.h"

#include "base/format.h"
#include "base/text.h"
#include "phrases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

namespace millrace {
namespace {

struct Noun {
    const char* singular;
    const char* plural;
};
/// "1 row", "3 rows"; none: the figure alone.
Noun nounOf(Unit unit)
{
    switch (unit) {
        case Unit::Count:
        case Unit::Share:
        case Unit::Milliseconds:
        case Unit::Bytes:
            break;
        case Unit::Rows:
            return {"row", "rows"};
        case Unit::Requests:
            return {"request", "requests"};
        case Unit::Batches:
            return {"batch", "batches"};
        case Unit::Models:
            return {"model", "models"};
        case Unit::Connections:
            return {"connection", "connections"};
        case Unit::Failures:
            return {"failure", "failures"};
        case Unit::Times:
            return {"time", "times"};
        case Unit::Events:
            return {"event", "events"};
        case Unit::Streams:
            return {"stream", "streams"};
    }
    return {"", ""};
}

std::string english(const Value::Number& value)
{
    switch (value.unit) {
        case Unit::Share:
            return formatPercent(value.number);
        case Unit::Milliseconds:
            return formatMs(value.number);
        case Unit::Bytes:
            return formatBytes(value.number);
        default:
            break;
    }
    const Noun noun = nounOf(value.unit);
    const std::string figure = std::to_string(std::llround(value.number));
    return *noun.singular == 0 ? figure : figure + ' ' + (figure == "1" ? noun.singular : noun.plural);
}

std::string_view englishOf(Phrase phrase)
{
    const auto found = std::find_if(std::begin(kEnglishPhrases), std::end(kEnglishPhrases),
                                    [phrase](const EnglishPhrase& known) { return known.phrase == phrase; });
    return found == std::end(kEnglishPhrases) ? std::string_view() : std::string_view(found->english);
}

std::string filled(std::string_view form, const std::vector<Value>& values)
{
    std::string out;
    out.reserve(form.size() + 16 * values.size());
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool place = form[i] == '%' && i + 1 < form.size() && form[i + 1] >= '1' && form[i + 1] <= '9';
        if (!place) {
            out += form[i];
            continue;
        }
        const auto index = static_cast<std::size_t>(form[++i] - '1');
        if (index < values.size()) out += values[index].english();
    }
    return out;
}

}  // namespace

Value Value::quote(std::string text)
{
    Value value{std::string()};
    value.content = Quote{washed(std::move(text))};
    return value;
}

std::string Value::english() const
{
    if (const auto* number = std::get_if<Number>(&content)) return millrace::english(*number);
    if (const auto* name = std::get_if<std::string>(&content)) return *name;
    if (const auto* quote = std::get_if<Quote>(&content)) return quote->text;
    return std::get<Sentence>(content).english();
}

struct Sentence::Said {
    Phrase phrase{};  ///< Unspecified: a quote
    std::vector<Value> values;
    std::string english;  ///< of a quote, or as it was kept
};

Sentence::Sentence(std::string quote)
{
    if (quote.empty()) return;
    said_ = std::make_shared<const Said>(Said{{}, {}, washed(std::move(quote), kMessageBytesMax)});
}

Sentence::Sentence(Phrase phrase, std::vector<Value> values)
    : said_(std::make_shared<const Said>(Said{phrase, std::move(values), {}}))
{}

Sentence::Sentence(Phrase phrase, std::vector<Value> values, const std::string& english)
    : said_(std::make_shared<const Said>(Said{phrase, std::move(values), washed(english, kMessageBytesMax)}))
{}

std::string Sentence::english() const
{
    if (!said_) return {};
    if (!said_->english.empty()) return said_->english;
    return washed(filled(englishOf(said_->phrase), said_->values), kMessageBytesMax);
}

bool Sentence::empty() const
{
    return !said_ || (said_->english.empty() && englishOf(said_->phrase).empty());
}

Phrase Sentence::phrase() const
{
    return said_ ? said_->phrase : Phrase::Unspecified;
}

const std::vector<Value>& Sentence::values() const
{
    static const std::vector<Value> kNone;
    return said_ ? said_->values : kNone;
}

Sentence Sentence::joined(Sentence first, Sentence second)
{
    if (first.empty()) return second;
    if (second.empty()) return first;
    return say(Phrase::AndThen, first, second);
}

}  // namespace millrace
