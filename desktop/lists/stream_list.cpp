// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/stream_list.h"

#include <array>

namespace millrace::desktop {
namespace {

using Of = Field<StreamRow>;
constexpr std::array kFields = {
    Of{"client", [](const StreamRow& row) -> QVariant { return row.client; }},
    Of{"name", [](const StreamRow& row) -> QVariant { return row.name; }},
    Of{"protocol", [](const StreamRow& row) -> QVariant { return row.protocol; }},
    Of{"rate", [](const StreamRow& row) -> QVariant { return row.rate; }},
    Of{"requestId", [](const StreamRow& row) -> QVariant { return row.requestId; }},
    Of{"bytesPerSecond", [](const StreamRow& row) -> QVariant { return row.bytesPerSecond; }},
    Of{"bytesOut", [](const StreamRow& row) -> QVariant { return row.bytesOut; }},
    Of{"chunkBytes", [](const StreamRow& row) -> QVariant { return row.chunkBytes; }},
    Of{"pausedSeconds", [](const StreamRow& row) -> QVariant { return row.pausedSeconds; }},
    Of{"startedMs", [](const StreamRow& row) -> QVariant { return row.startedMs; }},
    Of{"ratio", [](const StreamRow& row) { return valueOf(row.ratio); }},
    Of{"sent", [](const StreamRow& row) -> QVariant { return row.sent; }},
    Of{"fill", [](const StreamRow& row) -> QVariant { return row.fill; }},
    Of{"fillText", [](const StreamRow& row) -> QVariant { return row.fillText; }},
    Of{"stateText", [](const StreamRow& row) -> QVariant { return row.state; }},
    Of{"level", [](const StreamRow& row) -> QVariant { return row.level; }},
    Of{"chunk", [](const StreamRow& row) -> QVariant { return row.chunk; }},
    Of{"compression", [](const StreamRow& row) -> QVariant { return row.compression; }},
    Of{"trend", [](const StreamRow& row) { return QVariant::fromValue(row.trend); }},
};

}  // namespace

StreamList::StreamList(QObject* parent) : FieldList(kFields, parent) {}

}  // namespace millrace::desktop
