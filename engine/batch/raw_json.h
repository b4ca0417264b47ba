// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/letters.h"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// JSON as it is written: read to be cut and glued, so that numbers, base64 and unknown fields pass as they are.
///
///     RawJson document(body);
///     const bool valid = document.eachField([&](std::string_view key, json::value& value) {
///         const auto raw = rawOf(value);           // empty: malformed
///         …
///         return raw.has_value();
///     });
///
/// Pure. Views into a document live as long as it. Inline: the callbacks are called for each element of large lists.
namespace millrace::batch {

namespace json = simdjson::ondemand;

inline constexpr std::string_view kWhiteSpace = " \t\r\n";  ///< of JSON

/// A value as it stands in the document. Walks it, so what is malformed inside is found.
inline std::optional<std::string_view> rawOf(json::value value)
{
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) return std::nullopt;
    return trimmed(raw, kWhiteSpace);
}

struct RawField {
    std::string_view key;    ///< as written, without quotes
    std::string_view value;  ///< as written
};

/// A document with padding behind it, as the parser wants it.
class RawJson {
public:
    explicit RawJson(std::string_view text) : padded_(text) {}

    const char* begin() const { return padded_.data(); }
    /// Calls visit(key, value) for each field of the root, until it returns false. False when the document is malformed
    /// or visit said so; what lies inside of values is looked at only as far as visit does.
    template <typename Visit>
    bool eachField(Visit visit)
    {
        json::object root;
        if (parser_.iterate(padded_).get(document_) != simdjson::SUCCESS) return false;
        if (document_.get_object().get(root) != simdjson::SUCCESS) return false;
        return each(root, visit) && document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
    }
    template <typename Visit>
    static bool each(json::object& object, Visit visit)
    {
        for (auto item : object) {
            json::field field;
            if (std::move(item).get(field) != simdjson::SUCCESS) return false;
            const char* begin = field.key().raw();
            const char* end = begin;
            while (*end != '"') end += *end == '\\' ? 2 : 1;
            if (!visit(std::string_view(begin, static_cast<std::size_t>(end - begin)), field.value())) return false;
        }
        return true;
    }
    template <typename Visit>
    static bool each(json::array& array, Visit visit)
    {
        for (auto item : array) {
            json::value value;
            if (std::move(item).get(value) != simdjson::SUCCESS || !visit(value)) return false;
        }
        return true;
    }
    template <typename Kind, typename Visit>
    static bool each(json::value& value, Visit visit)
    {
        Kind kind;
        return value.get(kind) == simdjson::SUCCESS && each(kind, visit);
    }

    /// All fields as written.
    std::optional<std::vector<RawField>> fields()
    {
        std::vector<RawField> out;
        const bool well = eachField([&](std::string_view key, json::value& value) { return append(out, key, value); });
        return well ? std::optional(std::move(out)) : std::nullopt;
    }
    static bool append(std::vector<RawField>& out, std::string_view key, json::value& value)
    {
        const auto raw = rawOf(value);
        if (raw) out.push_back({key, *raw});
        return raw.has_value();
    }
    /// The root as a string without its quotes and escapes.
    std::string string()
    {
        std::string_view text;
        if (parser_.iterate(padded_).get(document_) != simdjson::SUCCESS) return {};
        if (document_.get_string().get(text) != simdjson::SUCCESS) return {};
        return std::string(text);
    }

private:
    simdjson::padded_string padded_;
    json::parser parser_;
    json::document document_;
};

/// A whole number without a sign; empty: it is something else, or too large.
std::optional<std::uint64_t> number(std::string_view text);
/// Null: there is none.
const RawField* find(const std::vector<RawField>& fields, std::string_view key);

}  // namespace millrace::batch
