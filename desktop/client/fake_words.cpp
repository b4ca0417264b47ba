// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_words.h"

#include "client/fake_script.h"

namespace millrace::desktop::script {
namespace {

namespace v1 = control;

std::string english(const v1::Sentence& sentence);

std::string english(const v1::SentenceValue& value)
{
    if (value.has_sentence()) return english(value.sentence());
    if (value.has_name()) return value.name();
    if (value.has_quote()) return value.quote();
    const double number = value.number();
    if (value.unit() == v1::VALUE_UNIT_COUNT) return text("%.0f", number);
    if (value.unit() == v1::VALUE_UNIT_SHARE) return text("%.0f %%", 100 * number);
    if (value.unit() == v1::VALUE_UNIT_MILLISECONDS) return text("%.3g ms", number);
    if (value.unit() == v1::VALUE_UNIT_BYTES) return text("%.0f MiB", number / (1 << 20));
    // VALUE_UNIT_ROWS: "rows"
    std::string unit = v1::ValueUnit_Name(value.unit()).substr(sizeof("VALUE_UNIT_") - 1);
    for (char& letter : unit) letter = static_cast<char>(letter - 'A' + 'a');
    return text("%.0f ", number) + unit;
}

std::string english(const v1::Sentence& sentence)
{
    const auto* phrase = v1::Phrase_descriptor()->FindValueByNumber(sentence.phrase());
    const std::string& form = phrase->options().GetExtension(v1::english);
    std::string out;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '%' && i + 1 < form.size()) {
            out += english(sentence.values(form[++i] - '1'));
        } else {
            out += form[i];
        }
    }
    return out;
}

}  // namespace

v1::SentenceValue name(const std::string& text)
{
    v1::SentenceValue out;
    out.set_name(text);
    return out;
}

v1::SentenceValue quote(const std::string& text)
{
    v1::SentenceValue out;
    out.set_quote(text);
    return out;
}

v1::SentenceValue figure(double number, v1::ValueUnit unit)
{
    v1::SentenceValue out;
    out.set_number(number);
    out.set_unit(unit);
    return out;
}

v1::SentenceValue part(const Sentence& sentence)
{
    v1::SentenceValue out;
    *out.mutable_sentence() = sentence.words;
    return out;
}

Sentence say(v1::Phrase phrase, const std::vector<v1::SentenceValue>& values)
{
    Sentence out;
    out.words.set_phrase(phrase);
    for (const auto& value : values) *out.words.add_values() = value;
    out.english = english(out.words);
    return out;
}

}  // namespace millrace::desktop::script
