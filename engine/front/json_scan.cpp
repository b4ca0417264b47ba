// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/json_scan.h"

#include "front/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace::front {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

int hexDigit(char c)
{
    if (isDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The value of four hexadecimal digits; -1: malformed.
int hexAt(std::string_view text, std::size_t at)
{
    if (text.size() < 4 || at > text.size() - 4) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const int digit = hexDigit(text[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Sixteen bytes in a vector register, if the processor has such (SSE2, NEON).
typedef unsigned char Sixteen __attribute__((vector_size(16)));

/// The number of bytes, among the sixteen at `at`, before the first quote, backslash or control character.
std::size_t plainAmong(const char* at)
{
    Sixteen bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    const auto special = (bytes == '"') | (bytes == '\\') | (bytes < 0x20);
    std::array<std::uint64_t, 2> halves;
    static_assert(sizeof halves == sizeof special && std::endian::native == std::endian::little);
    std::memcpy(halves.data(), &special, sizeof special);
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(halves[0])) / 8;
    return first < 8 ? first : 8 + static_cast<std::size_t>(std::countr_zero(halves[1])) / 8;
}

class Scanner {
public:
    /// `most`: members to keep. `wanted` empty: all keys.
    Scanner(std::string_view text, std::initializer_list<std::string_view> wanted, std::size_t most)
        : text_(text), wanted_(wanted), most_(most)
    {}

    JsonScan run()
    {
        if (!read()) scan_.problem = std::string(what_) + " at " + placeIn(text_, at_);
        return std::move(scan_);
    }

private:
    enum class Next { Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd };

    bool read()
    {
        Next next = Next::Value;
        for (;;) {
            skipSpace();
            if (depth_ == 0 && next == Next::CommaOrEnd)
                return at_ == text_.size() || fail("unexpected text after the end");
            if (at_ == text_.size()) return fail("unexpected end");
            const char c = text_[at_];
            switch (next) {
                case Next::ValueOrEnd:
                    if (c == ']') {
                        close();
                        next = Next::CommaOrEnd;
                        break;
                    }
                    [[fallthrough]];
                case Next::Value:
                    if (!value(c, next)) return false;
                    break;
                case Next::KeyOrEnd:
                    if (c == '}') {
                        close();
                        next = Next::CommaOrEnd;
                        break;
                    }
                    [[fallthrough]];
                case Next::Key: {
                    const std::size_t begin = at_;
                    if (c != '"' || !string()) return fail("syntax error");
                    if (depth_ == 1) key_ = text_.substr(begin + 1, at_ - begin - 2);
                    next = take(':') ? Next::Value : Next::Colon;
                    break;
                }
                case Next::Colon:
                    if (!take(':')) return fail("syntax error");
                    next = Next::Value;
                    break;
                case Next::CommaOrEnd: {
                    if (take(',')) {
                        next = afterComma();
                    } else if (c == (object_[depth_ - 1] ? '}' : ']')) {
                        close();
                    } else {
                        return fail("syntax error");
                    }
                }
            }
        }
    }

    bool value(char c, Next& next)
    {
        if (depth_ == 1) begin_ = at_;
        if (c == '{' || c == '[') {
            if (depth_ == kJsonDepthMax) return fail("nested too deeply");
            if (depth_ == 0) scan_.isObject = c == '{';
            object_[depth_++] = c == '{';
            ++at_;
            next = c == '{' ? Next::KeyOrEnd : Next::ValueOrEnd;
            return true;
        }
        const bool well = c == '"'   ? string()
                          : c == 't' ? word("true")
                          : c == 'f' ? word("false")
                          : c == 'n' ? word("null")
                                     : number();
        if (!well) return fail("syntax error");
        if (depth_ == 1) member();
        next = depth_ > 0 && take(',') ? afterComma() : Next::CommaOrEnd;
        return true;
    }

    Next afterComma() const { return object_[depth_ - 1] ? Next::Key : Next::Value; }

    /// Takes the next character, if it is this one.
    bool take(char expected)
    {
        if (at_ == text_.size() || text_[at_] != expected) return false;
        ++at_;
        return true;
    }

    void close()
    {
        ++at_;
        if (--depth_ == 1) member();
    }

    /// Called at the end of a value in the outermost object or array.
    void member()
    {
        if (!object_[0] || scan_.members.size() >= most_) return;
        const bool escaped = key_.find('\\') != std::string_view::npos;
        const auto isKey = [&](std::string_view name) {
            if (!escaped) return key_ == name;
            return jsonString(std::string_view(key_.data() - 1, key_.size() + 2)) == name;
        };
        if (wanted_.size() == 0 || std::any_of(wanted_.begin(), wanted_.end(), isKey))
            scan_.members.push_back({key_, text_.substr(begin_, at_ - begin_)});
    }

    void skipSpace()
    {
        while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
    }

    bool string()
    {
        for (++at_;;) {
            for (std::size_t plain = 16; plain == 16 && text_.size() - at_ >= 16; at_ += plain)
                plain = plainAmong(text_.data() + at_);
            if (at_ == text_.size()) return fail("unexpected end");
            const char c = text_[at_];
            if (static_cast<unsigned char>(c) < 0x20) return fail("unescaped control character");
            ++at_;
            if (c == '"') return true;
            if (c != '\\') continue;
            if (at_ == text_.size()) return fail("unexpected end");
            if (text_[at_] == 'u') {
                if (hexAt(text_, at_ + 1) < 0) return fail("invalid escape sequence");
                at_ += 5;
            } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos) {
                ++at_;
            } else {
                return fail("invalid escape sequence");
            }
        }
    }

    bool word(std::string_view expected)
    {
        for (const char c : expected) {
            if (at_ == text_.size()) return fail("unexpected end");
            if (text_[at_] != c) return false;
            ++at_;
        }
        return true;
    }

    bool digits()
    {
        const std::size_t begin = at_;
        while (at_ < text_.size() && isDigit(text_[at_])) ++at_;
        if (at_ == text_.size() && depth_ > 0) return fail("unexpected end");
        return at_ > begin;
    }

    bool number()
    {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return true;
    }

    /// Keeps the first error, since later ones are its consequences.
    bool fail(const char* what)
    {
        if (!what_) what_ = what;
        return false;
    }

    const std::string_view text_;
    const std::initializer_list<std::string_view> wanted_;
    const std::size_t most_;
    JsonScan scan_;
    std::size_t at_ = 0, begin_ = 0;
    std::string_view key_;
    std::array<bool, kJsonDepthMax> object_;  // of the depths below depth_
    unsigned depth_ = 0;
    const char* what_ = nullptr;
};

void appendUtf8(std::string& out, std::uint32_t code)
{
    const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | code >> 6);
        add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    } else {
        add(0xF0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    }
}

JsonScan scan(std::string_view text, std::initializer_list<std::string_view> wanted, std::size_t most)
{
    if (simdjson::validate_utf8(text.data(), text.size())) return Scanner(text, wanted, most).run();
    JsonScan broken;
    broken.problem = "invalid UTF-8 at " + placeIn(text, utf8Prefix(text));
    return broken;
}

}  // namespace

JsonScan scanJson(std::string_view text, std::initializer_list<std::string_view> wanted)
{
    return scan(text, wanted, kWantedMax);
}

JsonScan scanAllJson(std::string_view text)
{
    return scan(text, {}, text.size());
}

std::optional<std::string> jsonProblem(std::string_view text)
{
    return scan(text, {}, 0).problem;
}

std::optional<std::string> jsonString(std::string_view written)
{
    if (written.size() < 2) return std::nullopt;
    const std::string_view text = written.substr(1, written.size() - 2);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t plain = std::min(text.find('\\', at), text.size());
        out.append(text, at, plain - at);
        at = plain + 1;
        if (at >= text.size()) break;
        const char c = text[at++];
        constexpr std::string_view kEscapes = "bfnrt", kMeanings = "\b\f\n\r\t";
        if (const auto known = kEscapes.find(c); known != std::string_view::npos) {
            out += kMeanings[known];
        } else if (c != 'u') {
            out += c;
        } else {
            const int first = hexAt(text, at);
            if (first < 0) return std::nullopt;
            at += 4;
            auto code = static_cast<std::uint32_t>(first);
            if (code >= 0xD800 && code < 0xE000) {
                const int second = code < 0xDC00 && text.substr(at).starts_with("\\u") ? hexAt(text, at + 2) : -1;
                if (second < 0xDC00 || second >= 0xE000) return std::nullopt;
                at += 6;
                code = 0x10000 + ((code - 0xD800) << 10) + static_cast<std::uint32_t>(second - 0xDC00);
            }
            appendUtf8(out, code);
        }
    }
    return out;
}

}  // namespace millrace::front
