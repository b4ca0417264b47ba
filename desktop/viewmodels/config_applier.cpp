// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/config_applier.h"

#include "control.pb.h"
#include "format/said.h"
#include "viewmodels/session.h"

namespace millrace::desktop {

void ConfigApplier::apply(const control::ApplyConfigRequest& wanted)
{
    session_.client().applyConfig(
        wanted, this, [this, before = wanted.base_revision()](const Outcome<control::ApplyConfigReply>& outcome) {
            if (!outcome.ok()) {
                Q_EMIT failed(outcome.problem);
            } else if (!outcome.reply->applied()) {
                Q_EMIT refused(*outcome.reply);
            } else {
                undoTo_ = before;
                undoOf_ = outcome.reply->revision();
                Q_EMIT applied(undoOf_);
            }
        });
}

void ConfigApplier::rollBack(quint64 revision, quint64 active)
{
    control::RollbackRequest wanted;
    wanted.set_revision(revision);
    wanted.set_author(control::AUTHOR_CONSOLE);
    session_.client().rollback(wanted, this, [this, active](const Outcome<control::ApplyConfigReply>& outcome) {
        if (!outcome.ok() || !outcome.reply->applied()) {
            QString why = outcome.problem;
            if (outcome.ok() && outcome.reply->problems_size() > 0)
                why = format::said(outcome.reply->problems(0).words(), outcome.reply->problems(0).message());
            Q_EMIT notRolledBack(why);
            return;
        }
        undoTo_ = active;
        undoOf_ = outcome.reply->revision();
        Q_EMIT rolledBack(undoOf_);
    });
}

}  // namespace millrace::desktop
