#include "store/store.h"

namespace towline::store {

AuditRecord superseded_digest(const Intake& intake, const Intake::SeenImage& image, std::string_view before) {
  const std::string what = image.name + ":" + image.tag;
  AuditRecord record;
  record.id = "supersede-digest " + intake.source + " " + intake.delivery + " " + what + " " + image.digest;
  record.at = intake.received;
  record.actor = intake.source;
  record.action = "supersede-digest";
  record.why = "an event said that " + what + " is " + std::string(before) + "; a later one says " + image.digest +
               ", which counts";
  return record;
}

}  // namespace towline::store
