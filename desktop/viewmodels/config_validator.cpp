// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/config_validator.h"

#include "control.pb.h"
#include "viewmodels/session.h"

#include <utility>

namespace millrace::desktop {
namespace {

constexpr int kValidateAfterMs = 250;

}  // namespace

ConfigValidator::ConfigValidator(Session& session, RequestSource request)
    : session_(session), requestSource_(std::move(request))
{
    timer_.setSingleShot(true);
    timer_.setInterval(kValidateAfterMs);
    connect(&timer_, &QTimer::timeout, this, &ConfigValidator::validate);
}

void ConfigValidator::schedule()
{
    ++version_;
    validated_ = false;
    timer_.start();
}

void ConfigValidator::clear()
{
    ++version_;
    validated_ = true;
    timer_.stop();
}

void ConfigValidator::invalidate()
{
    validated_ = false;
}

void ConfigValidator::validate()
{
    timer_.stop();
    const auto request = session_.isWritable() ? requestSource_() : std::nullopt;
    if (!request) return;
    if (inFlight_) return timer_.start();
    inFlight_ = true;
    session_.client().applyConfig(*request, this,
                                  [this, version = version_](const Outcome<control::ApplyConfigReply>& outcome) {
                                      inFlight_ = false;
                                      if (!outcome.ok()) {
                                          Q_EMIT failed(outcome.problem);
                                          return;
                                      }
                                      if (version != version_) return timer_.start();
                                      validated_ = true;
                                      Q_EMIT validated(*outcome.reply);
                                  });
}

}  // namespace millrace::desktop
