// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace millrace::load {

/// Holds a model in memory for as long as it lives. Move-only; gives itself back, if there is still somebody to give
/// it to: answers may outlive the loader when the engine is stopped at once.
class [[nodiscard]] ModelLease {
public:
    /// What gives out leases; `entry` is its own word for what was lent.
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
