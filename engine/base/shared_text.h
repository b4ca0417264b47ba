// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

/// An immutable, reference-counted string, for values with many holders: the name of a client goes from each of its
/// requests into contexts, plans and records. Copying costs one increment; converts implicitly to const std::string&.
/// Thread: any.
class SharedText {
public:
    SharedText() = default;
    SharedText(std::string text)  // NOLINT(google-explicit-constructor): takes a string
        : text_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text)))
    {}
    SharedText(std::string_view text) : SharedText(std::string(text)) {}  // NOLINT(google-explicit-constructor)
    SharedText(const char* text) : SharedText(std::string(text)) {}       // NOLINT(google-explicit-constructor)

    const std::string& str() const
    {
        static const std::string none;
        return text_ ? *text_ : none;
    }
    operator const std::string&() const { return str(); }  // NOLINT(google-explicit-constructor)
    bool empty() const { return !text_; }
    std::size_t size() const { return text_ ? text_->size() : 0; }

    friend bool operator==(const SharedText& left, const SharedText& right)
    {
        return left.text_ == right.text_ || left.str() == right.str();
    }
    template <std::convertible_to<std::string_view> Text>
    friend bool operator==(const SharedText& left, const Text& right)
    {
        return left.str() == std::string_view(right);
    }

private:
    std::shared_ptr<const std::string> text_;
};

}  // namespace millrace
