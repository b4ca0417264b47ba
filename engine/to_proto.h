// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "batch/batcher.h"
#include "control.pb.h"
#include "load/loader.h"
#include "pool/snapshot.h"
#include "serve/gateway.h"
#include "stream/streamer.h"

#include <vector>

/// The modules' snapshots as messages of control.proto. Nothing is computed here that the modules do not know.
namespace millrace {

/// `listing`: what is wrong with the backend's list of models; empty: nothing.
void toProto(const std::vector<pool::PoolSnapshot>& from, const Clock& clock, control::v1::PoolSection& to,
             const Sentence& listing);
/// Batches dispatched from position `cursor` on; returns the next cursor.
std::uint64_t toProto(const batch::Batcher& from, const batch::Options& options, const HistogramData& sizes,
                      const Clock& clock, std::uint64_t cursor, control::v1::BatchSection& to);
void toProto(const load::Loader& from, const load::Options& options, const Clock& clock, control::v1::ModelSection& to);
void toProto(const load::ModelSnapshot& from, const Clock& clock, control::v1::ModelState& to);
void toProto(const stream::Streamer& from, const Clock& clock, control::v1::StreamSection& to);
void toProto(const serve::RequestRecord& from, const Clock& clock, control::v1::RequestRecord& to);
/// Totals, and the bottleneck.
void toProto(const serve::Gateway& from, const Clock& clock, control::v1::Flow& to);

}  // namespace millrace
