// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/sentence_message.h"

#include "phrases.h"

#include <utility>

namespace millrace::telemetry {
namespace {

namespace v1 = control::v1;

static_assert(static_cast<int>(Unit::Share) == v1::VALUE_UNIT_SHARE &&
                  static_cast<int>(Unit::Rows) == v1::VALUE_UNIT_ROWS &&
                  static_cast<int>(Unit::Streams) == v1::VALUE_UNIT_STREAMS,
              "units are converted by their number");

void fill(const Value& from, v1::SentenceValue& to)
{
    if (const auto* number = std::get_if<Value::Number>(&from.content)) {
        to.set_number(number->number);
        to.set_unit(static_cast<v1::ValueUnit>(number->unit));
    } else if (const auto* name = std::get_if<std::string>(&from.content)) {
        to.set_name(*name);
    } else if (const auto* quote = std::get_if<Value::Quote>(&from.content)) {
        to.set_quote(quote->text);
    } else {
        const Sentence& sentence = std::get<Sentence>(from.content);
        // What has no phrase is said by somebody else.
        if (sentence.phrase() == Phrase::Unspecified) {
            to.set_quote(sentence.english());
        } else {
            *to.mutable_sentence() = message(sentence);
        }
    }
}

Sentence sentence(const v1::Sentence& from, const std::string* english);

Value value(const v1::SentenceValue& from)
{
    switch (from.value_case()) {
        case v1::SentenceValue::kNumber:
            return {from.number(), static_cast<Unit>(from.unit())};
        case v1::SentenceValue::kQuote:
            return Value::quote(from.quote());
        case v1::SentenceValue::kSentence:
            return sentence(from.sentence(), nullptr);
        case v1::SentenceValue::kName:
        case v1::SentenceValue::VALUE_NOT_SET:
            break;
    }
    return from.name();
}

Sentence sentence(const v1::Sentence& from, const std::string* english)
{
    std::vector<Value> values;
    for (const auto& entry : from.values()) values.push_back(value(entry));
    const auto phrase = static_cast<Phrase>(from.phrase());
    return english ? Sentence(phrase, std::move(values), *english) : Sentence(phrase, std::move(values));
}

}  // namespace

v1::Sentence message(const Sentence& sentence)
{
    v1::Sentence out;
    out.set_phrase(static_cast<v1::Phrase>(sentence.phrase()));
    for (const Value& entry : sentence.values()) fill(entry, *out.add_values());
    return out;
}

std::string toBytes(const Sentence& sentence)
{
    return sentence.phrase() == Phrase::Unspecified ? std::string() : message(sentence).SerializeAsString();
}

Sentence fromBytes(const std::string& bytes, const std::string& english)
{
    v1::Sentence kept;
    if (bytes.empty() || !kept.ParseFromString(bytes)) return english;
    return sentence(kept, &english);
}

}  // namespace millrace::telemetry
