"""Words of French street signs and place names. Communes were compared with the national list: none of the 23 exists."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


CENTRE = "Valmorin-sur-Serre"
SUBURBS = _words("Orscelles, Vaulicourt, Fontarnay, Sermoray, Marsanville, Taligneux, Bréhières, Corvaillon")
VILLAGES = _words("""Bussigneul, Ligneroux, Brissonges, Vernaugy-la-Forêt, Lanvignolles-la-Forêt, Aubremont, Croisault-le-Haut, Farmoncourt,
    Chamorange, Charvigneul-la-Forêt, Courbessac-les-Bois, Gravillon-le-Haut, Mélignac-les-Bois, Ternizeul""")
NEIGHBOURS = _words("""Corières, Courevaux, Farement, Lanevaux, Rosvignes, Sercoigne, Chamabois-le-Haut, Terières-en-Plaine, Morosne, Orsevaux,
    Fonvigny-le-Sec, Beltaroy, Vaudaigne, Monterval-le-Haut, Orsmont-les-Bois, Marancourt-la-Ville, Courillon-en-Plaine, Lanange-les-Bois, Tervigny-aux-Bois,
    Orsottes, Morerolles-la-Forêt, Marosne, Talvigneux, Servaudin, Brézolles-en-Plaine, Corvigneul, Lignaudes, Vauterolles, Marsoigne, Ferracourt,
    Charmillères, Aubrevelle, Pontaudry, Sauvigneroy, Brissancelles, Fontremolles, Gernaville-aux-Ormes, Valtroye, Rouvremont, Chassignolles-le-Bas,
    Ternaudes, Bélancourt-en-Plaine, Mavrigneul, Crézilles-la-Forêt, Solvigny-le-Haut, Dampvaudry, Ormancelles, Grévauchel, Lurnages, Tavancourt,
    Brenolles, Vignaucelles, Noirvaudes, Hautebrèche, Perrigneul, Amblevaux-la-Ville, Sorvillers-le-Sec, Estravigny, Corbelles-aux-Ormes, Villetroy,
    Magnaudes, Roncevelle, Sablecourt, Jouvancelles, Arvigneul-le-Bas, Tramoncelles, Venteroles, Quincevaux, Bornaudes, Clairvigne-la-Forêt""")
DISTRICTS = _words("""Vieille-Ville, Saint-Aubin, Les Tanneries, Le Port, Les Capucins, Le Faubourg-Neuf, Beaurepaire, Les Minimes, Le Clos-Fleuri, La Fontaine-au-Roi,
    Bel-Air, Montplaisir, Les Abattoirs, La Croix-Rousseline, Les Grands-Prés, Le Moulin-Neuf, Les Chartrons-Hauts, La Bergerie""")

# People everyone in France has a street of: whole names only.
FAMOUS = _words("""Victor-Hugo, Pasteur, Gambetta, Jean-Jaurès, Voltaire, Émile-Zola, Carnot, Thiers, Jules-Ferry, Anatole-France, Molière, Racine, Corneille,
    Diderot, Rousseau, Montaigne, Lamartine, George-Sand, Balzac, Stendhal, Gustave-Flaubert, Guy-de-Maupassant, Arthur-Rimbaud, Paul-Verlaine, Baudelaire,
    Alfred-de-Musset, Chateaubriand, Jules-Verne, Colette, Marcel-Proust, Paul-Éluard, Louis-Aragon, Albert-Camus, Saint-Exupéry, Marie-Curie, Pierre-Curie,
    Ampère, Lavoisier, Claude-Bernard, Buffon, Laplace, Arago, Gay-Lussac, Branly, Berthelot, Louise-Michel, Olympe-de-Gouges, Simone-Veil, Jean-Moulin,
    Pierre-Brossolette, Guy-Môquet, Lucie-Aubrac, Rosa-Parks, Nelson-Mandela, Léon-Blum, Aristide-Briand, Georges-Clemenceau, Raymond-Poincaré, Ledru-Rollin,
    Lafayette, Mirabeau, Danton, Kléber, Hoche, Marceau, La-Tour-d’Auvergne, Bayard, Duguesclin, Jeanne-d’Arc, Vauban, Colbert, Sully, Richelieu, Sévigné,
    La-Fontaine, La-Bruyère, Boileau, Ronsard, Rabelais, Berlioz, Bizet, Gounod, Ravel, Debussy, Georges-Brassens, Édith-Piaf, Jacques-Brel, Claude-Monet,
    Cézanne, Gauguin, Renoir, Henri-Matisse, Camille-Claudel, Rodin, Berthe-Morisot, Eugène-Delacroix, Ingres, Courbet, Manet, Edgar-Degas,
    Louis-Blériot, Jean-Mermoz, Hélène-Boucher, Clément-Ader, Charcot, La-Pérouse, Surcouf, Jean-Bart, Ferdinand-Buisson, Jules-Michelet, Edgar-Quinet,
    Sadi-Carnot, Général-de-Gaulle, Maréchal-Leclerc, Général-Koenig, Commandant-Cousteau, Docteur-Roux, Docteur-Calmette""")
BATTLES_AND_CITIES = _words("""de Verdun, de la Marne, d’Austerlitz, de Magenta, de Solférino, de Strasbourg, de Metz, de Nancy, de Lorraine, d’Alsace,
    de Paris, de Lyon, de Dijon, de Besançon, de Genève, de Bourgogne, de Champagne, de Bretagne, de Normandie, de Savoie, de Belfort, de Dunkerque, de Narvik,
    de Bir-Hakeim, de Stalingrad, de la République, de la Liberté, de l’Égalité, de la Fraternité, de la Libération, de la Résistance, des Alliés, de l’Europe,
    de la Paix, du 11-Novembre, du 8-Mai-1945, du 14-Juillet, du 4-Septembre, de l’Yser, de Wagram, d’Iéna, de Valmy, de Jemmapes""")
TRADES = _words("""des Tanneurs, des Drapiers, des Forges, des Tisserands, de la Monnaie, du Change, de la Verrerie, des Bouchers, de la Poissonnerie,
    du Marché-aux-Grains, des Orfèvres, des Chaudronniers, de la Vannerie, des Cordeliers, des Carmes, du Chapeau-Rouge, du Cheval-Blanc, de la Croix-d’Or,
    du Lion-d’Or, de l’Écu, des Trois-Maillets, du Puits-Couvert, du Vieux-Marché, de la Halle, du Four-Banal, du Beffroi, de l’Hôtel-de-Ville, du Palais,
    de la Préfecture, de l’Évêché, du Chapitre, du Cloître, Saint-Aubin, Saint-Nicolas, Saint-Éloi, Saint-Martin, Sainte-Croix, Notre-Dame, des Ursulines,
    des Jacobins, des Augustins, de la Visitation, des Bons-Enfants, du Petit-Saint-Jean, du Grand-Cerf, de l’Arquebuse, des Remparts, de la Poterne,
    de la Tour-Grise, du Guet, des Arbalétriers, du Mail, de l’Ancienne-Prison, des Filles-Dieu, de la Boucherie, du Bourg, de la Corderie, du Moulin-à-Huile,
    des Teinturiers, des Parcheminiers, du Pont-Vieux, de la Serre, du Gué, de la Fonderie, de la Charbonnerie, de la Mercerie, des Lices, du Jeu-de-Paume,
    de l’Étoile, du Pilori, des Trois-Rois, du Pot-d’Étain, du Dauphin, de la Sirène, de la Licorne, du Soleil-d’Or, des Pénitents, de l’Aumône, du Temple""")
PLANTS = _words("""des Acacias, des Tilleuls, des Érables, des Peupliers, des Bouleaux, des Charmes, des Noyers, des Cerisiers, des Pommiers, des Poiriers,
    des Amandiers, des Pruniers, des Mûriers, des Châtaigniers, des Frênes, des Ormes, des Hêtres, des Cèdres, des Sapins, des Mélèzes, des Marronniers,
    des Platanes, des Saules, des Aulnes, des Noisetiers, des Sureaux, des Aubépines, des Églantines, des Lilas, des Glycines, des Rosiers, des Pivoines,
    des Iris, des Tulipes, des Jonquilles, des Narcisses, des Bleuets, des Coquelicots, des Marguerites, des Violettes, des Pervenches, des Primevères,
    des Bruyères, des Genêts, des Fougères, des Lavandes, du Muguet, des Capucines, des Dahlias, des Glaïeuls, des Camélias, des Hortensias, des Anémones,
    des Mimosas, des Magnolias, des Seringas, des Troènes, du Chèvrefeuille, des Ajoncs, des Roseaux, des Nénuphars, des Mésanges, des Hirondelles,
    des Fauvettes, des Rossignols, des Pinsons, des Merles, des Alouettes, des Bouvreuils, des Chardonnerets, des Rouges-Gorges, des Grives, des Hérons,
    des Martinets, des Loriots, des Cigognes, des Tourterelles, des Écureuils, des Chevreuils, des Abeilles, des Libellules, des Papillons""")
PLACES = _words("""de la Croix, de la Fontaine, du Lavoir, du Moulin, de l’Étang, du Pré-Long, des Grands-Prés, des Vignes, des Coteaux, de la Combe, du Bois,
    de la Garenne, du Chêne-Creux, du Poirier-Sec, de la Grange, de la Ferme, des Sablons, de la Carrière, de la Tuilerie, de la Briqueterie, du Four-à-Chaux,
    de la Justice, de la Maladière, du Calvaire, de la Chapelle, du Presbytère, de l’Église, de la Mairie, de l’École, du Stade, du Lavoir-Neuf, du Puits,
    de la Source, du Ruisseau, des Saussaies, des Noues, des Marais, de la Prairie, du Pâtis, des Communaux, de la Plaine, du Plateau, de la Montagne,
    du Mont-Rond, de Bel-Air, de Beauregard, de Bellevue, de Mon-Repos, de Beauséjour, de la Roseraie, du Verger, des Jardins, du Clos, du Clos-Fleuri,
    de l’Orme, du Gros-Chêne, de la Belle-Étoile, du Chant-du-Coq, de la Bergerie, du Pressoir, de la Treille, du Colombier, de la Héronnière, des Essarts,
    des Brosses, des Rompues, de la Corvée, de la Perrière, des Longues-Raies, de la Champagne-Haute, du Champ-Rouge, du Champ-de-Foire, de la Gare,
    de la Sablière, des Quatre-Vents, du Bout-du-Monde, de la Cure, des Meix, de la Vieille-Route, du Haras, de la Scierie, du Château, du Parc, des Écoles""")
ACTIVITIES = _words("""de l’Industrie, du Commerce, des Artisans, de l’Innovation, des Métiers, de la Logistique, des Entrepreneurs, Gustave-Eiffel,
    Denis-Papin, Nicolas-Appert, Sadi-Carnot, des Frères-Lumière, Louis-Renault, André-Citroën, Barthélemy-Thimonnier, Joseph-Marie-Jacquard, de l’Artisanat,
    du Progrès, de l’Énergie, des Transports, du Triage, de la Fonderie-Neuve, des Docks, de l’Aérodrome, Niépce, Ader, Becquerel""")
QUAYS = _words("""des Mariniers, du Halage, des Moulins, de la Serre, des Pêcheurs, du Port-au-Bois, des Tanneries, des Lavandières, de la Fraternité, du Levant,
    du Couchant, de l’Île, Saint-Nicolas, des Bateliers, de la Batelière, du Gravier, des Peupliers, de l’Écluse, du Vieux-Pont, de la Navigation""")
FIRST = _words("""Armand, Louis, Émile, Henri, Gustave, Édouard, Marcel, Auguste, Jules, Victor, Lucien, Albert, Paul, Jean, Pierre, Fernand, Maurice, Gaston,
    Léon, Eugène, Raymond, Camille, Claude, Denis, Ernest, Félix, Germaine, Hélène, Jeanne, Lucie, Madeleine, Marguerite, Marthe, Rose, Simone, Suzanne, Yvonne,
    Berthe, Claire, Juliette, Adèle, Alphonse, Antoine, Baptiste, Charles, Clément, Désiré, Étienne, François, Georges, Hippolyte, Irène, Joseph, Justin""")
# Family names with the first names above make invented people; pairs that would name a known person are left out below.
LAST = _words("""Courtois, Fournel, Maillard, Thibault, Berthier, Deschamps, Chabrol, Perrin, Lorin, Delmas, Girault, Aubertin, Rivoire, Garnier, Morel, Bourgeois,
    Charpentier, Fauconnier, Gauthier, Humblot, Jacquemin, Lambert, Magnien, Naudin, Odinot, Paillard, Quentin, Rouget, Sauvageot, Tisserand, Vautrin, Viard,
    Bouvier, Carrelet, Daubigney, Estivalet, Febvre, Gaillard, Huguenin, Jobard, Larcher, Mathey, Nicolardot, Ormancey, Poinsot, Ravier, Seguin, Tainturier""")
REAL_PEOPLE = frozenset(
    _words("""Charles Garnier, Gustave Charpentier, Armand Thibault, Marcel Seguin, Paul Morel, Louis Poinsot, Joseph Lambert, Jean Perrin,
    Georges Charpentier, Claude Rouget, Henri Lambert, Louis Bouvier, Antoine Gauthier, Marc Seguin, Charles Lambert, Pierre Lambert, Pierre Morel""")
)
CAR_PARKS = _words("""des Halles, Hôtel-de-Ville, Cathédrale, République, Saint-Aubin, des Cordeliers, Vieux-Marché, des Tanneurs, Préfecture, Beffroi, Palais,
    Gare-Centre, Gare-Sud, des Remparts, Théâtre, Grand-Mail, Champ-de-Foire, Saint-Nicolas, des Minimes, Arquebuse, Pont-Vieux, du Port, Médiathèque,
    Universités, Hôpital, Clos-Fleuri, Verdun, Parc-Beaurepaire, Montplaisir, Les Abattoirs, La Bergerie, Stade, Piscine, Moulin-Neuf, Bel-Air,
    Relais-Nord, Relais-Est, Relais-Sud, Relais-Ouest, Zénith, Congrès, Croix-Rousseline, Relais-Rocade""")
