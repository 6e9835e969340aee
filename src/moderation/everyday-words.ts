import type { WordLanguage } from '../core/model/rules.js';

const listOf = (text: string): readonly string[] =>
  text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');

/**
 * What `cuss` takes for likely profanity, and nobody could do without: words whose coarse or
 * hostile sense is one among harmless others. Who does not want one of them blocks it by name.
 */
export const EVERYDAY_WORDS: Readonly<Partial<Record<WordLanguage, readonly string[]>>> = {
  en: listOf(`
    barf, beanbag, beanbags, bong, booby, boonie, boonies, bung, cheesehead, cheeseheads, chug,
    chugs, chunky, cocky, cumquat, diddle, dink, dipstick, does, dong, dope, dumb, eight ball,
    eight balls, ero, evl, faeces, fatah, flange, floo, fok, footstar, forni, fu, gables, gangsta,
    geez, geni, greaser, greasers, gringo, gringos, gypsies, gypsy, hadji, hadjis, haji, hajis,
    hajji, hajjis, hapa, hillbillies, hillbilly, ho, hobo, hodgie, hoes, honkers, hori, horis,
    hooters, idiot, ikwe, jackass, jeez, jig, jigger, jiggers, jigs, jiggy, kimchis, kondum, kum,
    kumquat, kwa, limy, looser, loser, lowlife, lugan, lugans, magicwand, mams, mockey, mockie,
    mocky, moky, moron, moslem, muff, muncher, niggard, niggle, niggled, niggles, niggling,
    nigglings, nip, noonan, nudger, orga, pansies, pansy, panti, payo, peepee, piker, pollock,
    pollocks, pom, poms, pud, puke, puss, quickie, rearend, redleg, redlegs, reefer, rere, rigger,
    rimming, sadis, scallywag, seppo, shav, slapper, slave, slavedriver, slimeball, sloper, slopers,
    smut, sooties, sooty, spit, spitter, spreadeagle, spunk, spunky, squinty, stringer, stripclub,
    stupid, sucker, swallower, swalow, taff, tang, teste, thirdeye, threeway, tinker, tinkers,
    tortur, transvestite, triplex, tuckahoe, turnon, twinkie, uck, usama, vibr, vomit, waysted,
    weenie, welfare, welcher, wetspot, whacker, whash, whiz, whop, willie, wn, wuss, yank, yanks`),
  fr: listOf(`
    asphalteuse, astiquer, avoir les nerfs, bibite, biffle, biffler, bifle, bifler, bombe atomique,
    bon coup, boule, bourriquer, briser les noix, c’est du poulet, choper, clille,
    comme papa dans maman, coquillard, crissement, crosse, crosser, culasse, culbuter, culer, culeur,
    débander, débagouler, déboiter, décharger, défoncer, défonceur, défourailler, dégager,
    déglinguer, démonter, dérouler du câble, désengorger, diarrhée, dilater, dix, DMC, doigter,
    does, éburné, emmancher, emmanché, en avoir deux, enfiler, enfler, englander, engueuler,
    entuber, envoyer, esque, être la fête, étrangler le borgne, exploser, faciale, fagot, fesse, fif,
    fifi,
    flûte, fourbir, fourrer, gland, glisser, gosse, gourdin, gousse, graine, gros, grouille, gueule,
    gueuler, joual vert, latter, lez, limer, mijole, matos, melon, mettre, mettre dans la sauce,
    mettre la misère, mettre sur la gueule, minou, morue, motocultable, motoculter, mouille, moule,
    mouron, ordure, panier, pare-choc, pare-chocs, pays-bas, pédale, peler, pélot, piment, pipe,
    plume, poche, poil, pomme à l’huile, pomper, porc, pourrir, poutrer, PQR, queue, RAB, ramoner,
    retard, riflard, rondelle, sa mère, saint-chrême, saint-ciboire, saint-crême, saint-sacrament,
    salle des fêtes, saute au paf, sauter, se cogner, se taper, shampoing, simonaque, s’en battre, tard,
    s’en cogner, s’en taper, souchien, souchienne, sphincter, ta bouche, ta mère, taper, tâter,
    tout de la gueule, VDM, vendre du piment, vier`),
};
