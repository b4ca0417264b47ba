// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace millrace {

/// A pimpl without an allocation: keeps Impl's headers out of the owner's, like std::unique_ptr<Impl>, but stores Impl
/// within the owner.
///
///     class Parser {              // in the header
///         struct Impl;
///         InPlace<Impl, 192> impl_;
///     };
///
/// REQUIRES: the owner's constructors and destructor are defined where T is complete. Size and alignment are checked
/// there, at compile time. Not movable. Thread: as T.
template <typename T, std::size_t Size, std::size_t Align = alignof(std::max_align_t)>
class InPlace {
public:
    template <typename... Arguments>
    explicit InPlace(Arguments&&... arguments)
    {
        static_assert(sizeof(T) <= Size && Align % alignof(T) == 0, "InPlace: T needs more");
        static_assert(sizeof(T) + Align > Size, "InPlace: T needs less");
        ::new (static_cast<void*>(bytes_)) T{std::forward<Arguments>(arguments)...};
    }
    ~InPlace() { get()->~T(); }
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

    T* operator->() { return get(); }
    const T* operator->() const { return get(); }
    T& operator*() { return *get(); }
    const T& operator*() const { return *get(); }

private:
    T* get() { return std::launder(reinterpret_cast<T*>(bytes_)); }
    const T* get() const { return std::launder(reinterpret_cast<const T*>(bytes_)); }

    alignas(Align) std::byte bytes_[Size];
};

}  // namespace millrace
