// SPDX-License-Identifier: GPL-3.0-or-later
// Included before everything else where the thread sanitizer builds messages: protobuf gives its maps two more members
// under that sanitizer, which Debian's library, built without it, does not know.
#pragma once

#ifdef __SANITIZE_THREAD__
// With the macro still set, as everybody else sees them.
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#undef __SANITIZE_THREAD__
#include <google/protobuf/map_field.h>
#define __SANITIZE_THREAD__ 1
#endif
