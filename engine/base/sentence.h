// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

enum class Phrase : std::uint16_t;  // phrases.h, written from proto/phrases.proto
struct Value;

/// How a number is written; the numbers of ValueUnit in proto/phrases.proto.
enum class Unit : std::uint8_t {
    Count,
    Share,
    Milliseconds,
    Bytes,
    Rows,
    Requests,
    Batches,
    Models,
    Connections,
    Failures,
    Times,
    Events,
    Streams,
};

/// What the engine says to people of what it did or found: a phrase of the table with its values. Its English is made
/// when somebody reads it: most of what is said of requests nobody ever reads.
/// A text that is not of the table (another program's error, say) has no phrase: whoever shows it shows it as a quote.
/// Pure; copies share what they hold. Bound: kMessageBytesMax of English, washed. Thread: any.
class Sentence {
public:
    Sentence() = default;
    Sentence(std::string quote);
    Sentence(const char* quote) : Sentence(std::string(quote)) {}
    Sentence(Phrase phrase, std::vector<Value> values);
    /// One that was kept, with the English that it had then.
    Sentence(Phrase phrase, std::vector<Value> values, const std::string& english);

    std::string english() const;
    operator std::string() const { return english(); }
    bool empty() const;
    void clear() { said_.reset(); }
    Phrase phrase() const;
    const std::vector<Value>& values() const;

    /// "%1; %2", or the other one where one is empty.
    static Sentence joined(Sentence first, Sentence second);

private:
    struct Said;
    std::shared_ptr<const Said> said_;  ///< none: empty
};

/// What stands in a place of a sentence.
struct Value {
    struct Number {
        double number;
        Unit unit;
    };
    struct Quote {
        std::string text;  ///< of a backend, the system …: washed
    };
    std::variant<Number, std::string, Quote, Sentence> content;

    Value(std::string name) : content(std::move(name)) {}
    Value(const char* name) : content(std::string(name)) {}
    Value(Duration span) : content(Number{toMs(span), Unit::Milliseconds}) {}
    template <std::integral T>
    Value(T count) : content(Number{static_cast<double>(count), Unit::Count})
    {}
    Value(Sentence sentence) : content(std::move(sentence)) {}
    Value(double number, Unit unit) : content(Number{number, unit}) {}
    template <std::integral T>
    Value(T number, Unit unit) : Value(static_cast<double>(number), unit)
    {}
    static Value ms(double span) { return {span, Unit::Milliseconds}; }
    static Value share(double share) { return {share, Unit::Share}; }
    template <std::integral T>
    static Value bytes(T bytes)
    {
        return {bytes, Unit::Bytes};
    }
    template <std::integral T>
    static Value rows(T rows)
    {
        return {rows, Unit::Rows};
    }
    static Value quote(std::string text);

    std::string english() const;
};

template <typename... Values>
Sentence say(Phrase phrase, Values&&... values)
{
    std::vector<Value> all;
    all.reserve(sizeof...(values));
    (all.emplace_back(std::forward<Values>(values)), ...);
    return {phrase, std::move(all)};
}

}  // namespace millrace
