# Downrange messages, English. Variables are ready texts; $count is a number.
event = Falling object
prefix-exercise = EXERCISE EXERCISE EXERCISE.
prefix-test = TEST ONLY, NOT A REAL WARNING.
sentence-separator = {" "}
list-separator = {", "}

# What falls
what-missile = { $count ->
    [one] a possible ballistic missile
   *[other] { $count } possible ballistic missiles
}
what-rocket = { $count ->
    [one] a part of a space rocket
   *[other] { $count } parts of a space rocket
}
what-reentry = { $count ->
    [one] an object re-entering from space
   *[other] { $count } objects re-entering from space
}
what-debris = { $count ->
    [one] a piece of debris
   *[other] { $count } pieces of debris
}
what-meteor = { $count ->
    [one] a meteor
   *[other] { $count } meteors
}

# Where
sea-japan = the Sea of Japan (East Sea)
sea-yellow = the Yellow Sea
sea-korea-strait = the Korea Strait
sea-east-china = the East China Sea
sea-south-china = the South China Sea
sea-philippine = the Philippine Sea
sea-okhotsk = the Sea of Okhotsk
sea-bering = the Bering Sea
sea-pacific = the North Pacific
sea-seto = the Seto Inland Sea
sea-tokyo-bay = Tokyo Bay
sea-ise-bay = Ise Bay
sea-kagoshima-bay = Kagoshima Bay
coordinates = { $latitude_d }°{ $latitude_m }′{ $northern ->
    [yes] N
   *[no] S
} { $longitude_d }°{ $longitude_m }′{ $eastern ->
    [yes] E
   *[no] W
}

# When: UTC, and the local time of Japan and Korea
window = { $utc_from }–{ $utc_to } UTC ({ $local_from }–{ $local_to } JST/KST)

headline-alert-from = Launch from { $region }: { $what } may fall in { $place }, { $window }
headline-alert = { $what } may fall in { $place }, { $window }
headline-update = Update { $number }: { $what } may fall in { $place }, { $window }
headline-cancel = Cancelled: the warning of falling objects in { $place } is withdrawn
headline-all-clear = All clear: nothing more is expected to fall in { $place }

reason-launch = A launch was detected.
reason-reentry = An object is coming down from space.
reason-area-changed = The area or the time of fall has changed.
reason-objects-changed = The number of falling objects has changed.
reason-exposure-changed = More ships, aircraft or districts are in danger.
reason-renewed = The danger lasts longer than was said before.
reason-no-threat = It has turned out that nothing dangerous is falling.
reason-all-down = Everything that was falling is down.
reason-ordered = The warning was withdrawn by order of the operator on duty.

description-what-from = Sensors follow { $what }, launched from { $region }.
description-what = Sensors follow { $what }.
description-window = The fall is expected on { $date }, { $window }.
description-area = Danger area: about { $length } km by { $width } km around { $centre }.
description-sea = It lies in { $sea }.
description-other-seas = A fall in { $seas } is possible, too.
description-probability = The area is drawn so that it holds the fall with a probability of { $percent } %.
description-zones = Districts inside: { $zones }.
description-vessels = { $count ->
    [one] One ship is known to be in danger.
   *[other] { $count } ships are known to be in danger.
}
description-aircraft = { $count ->
    [one] One aircraft is known to be in danger.
   *[other] { $count } aircraft are known to be in danger.
}
description-free = The area of about { $length } km by { $width } km around { $centre } is free again.

instruction-sea = Ships: keep out of the area; if inside, leave it by the shortest way, keep listening for further messages. Aircraft: keep clear of the area.
instruction-land = On land in these districts: go inside a solid building or underground and stay away from windows.
instruction-fallen = Do not go near or touch anything that has fallen; report it to the coast guard, the police or the fire service.
instruction-cancel = No further action is needed. Ships and aircraft may go on as planned.
instruction-all-clear = Ships and aircraft may go on as planned.
area-description = About { $length } km by { $width } km around { $centre }

# Debris at the heights of aircraft: flight levels in hundreds of feet
aloft-separator = {"; "}
aloft-band = FL{ $upper } to { $ground ->
    [yes] the ground
   *[no] FL{ $lower }
}, { $window }, about { $length } km by { $width } km around { $centre }
description-aloft = For air traffic services: debris may fall through { $bands }.
