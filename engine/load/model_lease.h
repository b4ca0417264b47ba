// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace millrace::load {

/// Keeps a model in memory: a leased model is never evicted. Move-only; the destructor returns it. May outlive the
/// loader, since answers may when the engine is stopped at once. Made by Loader::acquire(). Thread: the strand.
class [[nodiscard]] ModelLease {
public:
    /// The lender; `entry` is its key for the leased model.
    class Lender {
    public:
        virtual ~Lender() = default;
        virtual void takeBack(std::uint32_t entry) = 0;
    };

    ModelLease() = default;
    ModelLease(std::weak_ptr<Lender> lender, std::uint32_t entry) : lender_(std::move(lender)), entry_(entry) {}
    ModelLease(ModelLease&& other) noexcept : lender_(std::exchange(other.lender_, {})), entry_(other.entry_) {}
    ModelLease& operator=(ModelLease&& other) noexcept
    {
        if (this != &other) {
            release();
            lender_ = std::exchange(other.lender_, {});
            entry_ = other.entry_;
        }
        return *this;
    }
    ~ModelLease() { release(); }
    void release()
    {
        if (const auto lender = std::exchange(lender_, {}).lock()) lender->takeBack(entry_);
    }

private:
    std::weak_ptr<Lender> lender_;
    std::uint32_t entry_ = 0;
};

}  // namespace millrace::load
