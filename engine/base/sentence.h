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

enum class Phrase : std::uint16_t;  // phrases.h, generated from proto/phrases.proto
struct Value;

/// How a number is formatted; same values as ValueUnit in proto/phrases.proto.
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

/// A translatable message to the user: a phrase of proto/phrases.proto with its arguments. The engine renders it in
/// English, the console in the user's language. Rendering is deferred until somebody reads it.
///
///     const Sentence why = say(Phrase::ModelEvictedFor, "digits");        // "evicted for digits"
///     log << why.english();
///
/// Text that is not in the table (an error message of another program) has no phrase, and is shown as a quote.
/// Pure. Thread: any: immutable, and copies share it. Bound: kMessageBytesMax of English, washed.
class Sentence {
public:
    Sentence() = default;  ///< empty
    Sentence(std::string quote);
    Sentence(const char* quote) : Sentence(std::string(quote)) {}
    Sentence(Phrase phrase, std::vector<Value> values);
    /// One read back from storage, with the English of the version that wrote it.
    Sentence(Phrase phrase, std::vector<Value> values, const std::string& english);

    std::string english() const;
    operator std::string() const { return english(); }
    bool empty() const;
    void clear() { said_.reset(); }
    Phrase phrase() const;
    const std::vector<Value>& values() const;

    /// "%1; %2"; if one is empty, the other.
    static Sentence joined(Sentence first, Sentence second);

private:
    struct Said;
    std::shared_ptr<const Said> said_;  ///< none: empty
};

/// An argument of a phrase: a number with its unit, a name, a quote of another program, or a sentence.
struct Value {
    struct Number {
        double number;
        Unit unit;
    };
    struct Quote {
        std::string text;  ///< words of a backend or the system; washed
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

/// A sentence with its arguments in the order of the placeholders %1 … %9. REQUIRES: one for each; a missing one
/// renders as nothing.
template <typename... Values>
Sentence say(Phrase phrase, Values&&... values)
{
    std::vector<Value> all;
    all.reserve(sizeof...(values));
    (all.emplace_back(std::forward<Values>(values)), ...);
    return {phrase, std::move(all)};
}

}  // namespace millrace
