// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/config_validator.h"

#include "control.pb.h"
#include "viewmodels/session.h"

#include <utility>

namespace millrace::desktop {
namespace {

constexpr int kValidateAfterMs = 250;

}  // namespace

ConfigValidator::ConfigValidator(Session& session, Question question)
    : session_(session), question_(std::move(question))
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
    const auto question = session_.isWritable() ? question_() : std::nullopt;
    if (!question) return;
    if (asking_) return timer_.start();
    asking_ = true;
    session_.client().applyConfig(*question, this,
                                  [this, version = version_](const Outcome<control::ApplyConfigReply>& outcome) {
                                      asking_ = false;
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
