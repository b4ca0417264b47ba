// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/text.h"

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace millrace {

/// One entry of a request's decision log: what was decided, and why, in words. Decisions that every request meets are
/// given as a function: formatting is deferred until somebody reads the log, which for most requests never happens.
///
///     trace.addDecision("batched: 12 rows");
///     trace.addDecision([rows = batch.rows] { return absl::StrFormat("batched: %d rows", rows); });
///
/// Thread: any: immutable, and copies share it. Bound: kSentenceBytesMax of text, washed.
class Decision {
public:
    Decision(std::string text) : held_(std::make_shared<const Text>(washed(std::move(text)))) {}
    Decision(const char* text) : Decision(std::string(text)) {}
    /// REQUIRES: `words` captures by value; it is called at any later time, on any thread, any number of times.
    template <typename Words>
    requires std::is_invocable_r_v<std::string, const Words&> Decision(Words words)
        : held_(std::make_shared<const Later<Words>>(std::move(words)))
    {}

    std::string text() const { return held_->text(); }
    /// A deep copy, which shares nothing.
    Decision copy() const { return Decision(held_->copy()); }
    /// Approximate memory held.
    std::size_t bytes() const { return sizeof *this + held_->bytes(); }

private:
    struct Held {
        virtual ~Held() = default;
        virtual std::string text() const = 0;
        virtual std::shared_ptr<const Held> copy() const = 0;
        virtual std::size_t bytes() const = 0;
    };
    struct Text final : Held {
        explicit Text(std::string words) : content(std::move(words)) {}
        std::string text() const override { return content; }
        std::shared_ptr<const Held> copy() const override { return std::make_shared<const Text>(*this); }
        std::size_t bytes() const override { return sizeof *this + content.size(); }
        std::string content;
    };
    template <typename Words>
    struct Later final : Held {
        explicit Later(Words words) : content(std::move(words)) {}
        std::string text() const override { return washed(content()); }
        std::shared_ptr<const Held> copy() const override { return std::make_shared<const Later>(*this); }
        std::size_t bytes() const override { return sizeof *this; }
        Words content;
    };

    explicit Decision(std::shared_ptr<const Held> content) : held_(std::move(content)) {}

    std::shared_ptr<const Held> held_;
};

}  // namespace millrace
